"""The studio: the office's workplace in the browser, a view of the workspace's files."""
