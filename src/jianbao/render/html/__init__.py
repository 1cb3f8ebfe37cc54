"""Make HTML from sandboxed page templates: the page that is printed, and the page for browsers."""
