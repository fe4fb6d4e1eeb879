"""What people keep as files: PDF and tables for spreadsheets. It knows no slice."""
