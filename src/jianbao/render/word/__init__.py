"""Write the document as .docx with real styles, headings, tables and comments."""
