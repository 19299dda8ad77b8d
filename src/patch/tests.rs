//! Small workbooks, patched.
