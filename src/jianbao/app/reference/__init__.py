"""Reference of the workspace's files: their JSON Schemas, and explanations of every word."""
