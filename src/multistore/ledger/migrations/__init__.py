"""The shape of the ledger's tables, step by step; each step goes up and down."""
