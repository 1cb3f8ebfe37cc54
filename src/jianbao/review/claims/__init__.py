"""Does a sentence say more than its facts allow: the checks of docs/claims.md, on what is printed and what may be."""
