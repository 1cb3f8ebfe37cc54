"""Check that no sentence, printed or printable, says more than its facts allow (the checks of docs/claims.md)."""
