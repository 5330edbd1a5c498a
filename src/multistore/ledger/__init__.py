"""What must be remembered: tenants, scopes, wrapped keys, holds, events, the erasure log."""
