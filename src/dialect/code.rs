//! Error codes as they are written.

/// The code as the table has it: `E007`, `007` and `7` are the same.
pub(super) fn plain(code: &str) -> String {
    let code = code.trim();
    let digits = code.strip_prefix(['E', 'e']).unwrap_or(code);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return code.to_owned();
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() { "0".to_owned() } else { significant.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_each_of_its_spellings() {
        for (typed, code) in
            [("500", "500"), ("E007", "7"), (" 007 ", "7"), ("0", "0"), ("E000", "0"), ("EX", "EX"), ("", "")]
        {
            assert_eq!(plain(typed), code);
        }
    }
}
