"""What holders report and ask for: changes of data, circumstances, new copies (contract H2, H7, H8)."""
