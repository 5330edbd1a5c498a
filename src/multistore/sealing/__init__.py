"""What bytes look like at rest (docs/spec/object-format.md). Imports no store but its protocol."""
