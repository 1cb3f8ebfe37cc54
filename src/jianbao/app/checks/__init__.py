"""What is looked for in an edition beyond its facts: claims that say too much, and an argument with a part missing."""
