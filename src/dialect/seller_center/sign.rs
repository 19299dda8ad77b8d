//! The signature: HMAC-SHA256 over the sorted, encoded query, with the API key as the text it is.

use super::super::signing;

/// The query as it is signed and sent: sorted by name in byte order, names and values encoded.
pub(super) fn canonical(params: &[(&str, String)]) -> String {
    let mut sorted: Vec<&(&str, String)> = params.iter().collect();
    sorted.sort_by_key(|(name, _)| *name);
    signing::pairs(sorted)
}

/// The signature of a query: 64 lower-case hexadecimal digits.
pub(super) fn signature(query: &str, api_key: &str) -> String {
    signing::hmac(query, api_key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `params` are `name=value` texts, not encoded, in any order.
    #[track_caller]
    fn check(key: &str, params: &[&str], query: &str, expect: &str) {
        let params: Vec<(&str, String)> = params
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        assert_eq!(canonical(&params), query);
        assert_eq!(signature(query, key), expect);
    }

    #[test]
    fn published_requests_get_their_published_signatures() {
        check(
            "b1bdb357ced10fe4e9a69840cdd4f0e9c03d77fe",
            &[
                "UserID=look@me.com",
                "Version=1.0",
                "Action=FeedList",
                "Format=XML",
                "Timestamp=2015-07-01T11:11:11+00:00",
            ],
            "Action=FeedList&Format=XML&Timestamp=2015-07-01T11%3A11%3A11%2B00%3A00&UserID=look%40me.com&Version=1.0",
            "3ceb8ed91049dfc718b0d2d176fb2ed0e5fd74f76c5971f34cdab48412476041",
        );
        check(
            "1234567890",
            &["Foo=bar", "Whatever=you want", "UserID=abc@sellercenter.net", "Timestamp=2014-11-12T11:45:26Z"],
            "Foo=bar&Timestamp=2014-11-12T11%3A45%3A26Z&UserID=abc%40sellercenter.net&Whatever=you%20want",
            "bb6b9ee192fe31f7e21c2fcc6298feccc777b747beb0a062e7c21072671a5cae",
        );
        check(
            "67c7ef5fa5d408aed1",
            &["param1=123", "param2=ab cd"],
            "param1=123&param2=ab%20cd",
            "1dff271f6157edfbfc592966a3b811efee46df45e002c25120e4c65e06990c7a",
        );
    }

    const KEY: &str = "0123456789abcdef0123456789abcdef01234567";
    const USER: &str = "UserID=seller+test@example.com";

    #[test]
    fn a_create_product_request_is_signed() {
        check(
            KEY,
            &[USER, "Version=1.0", "Format=JSON", "Timestamp=2018-01-31T23:59:59+00:00", "Action=CreateProduct"],
            "Action=CreateProduct&Format=JSON&Timestamp=2018-01-31T23%3A59%3A59%2B00%3A00\
             &UserID=seller%2Btest%40example.com&Version=1.0",
            "acc145343221c7fc918578a2692538db5e3e5d4d5398cb70361fb3a81fed6fd5",
        );
    }

    #[test]
    fn another_time_zone_gives_another_signature() {
        check(
            KEY,
            &[USER, "Version=1.0", "Format=XML", "Timestamp=2018-01-31T23:59:59+08:00", "Action=UpdateProduct"],
            "Action=UpdateProduct&Format=XML&Timestamp=2018-01-31T23%3A59%3A59%2B08%3A00\
             &UserID=seller%2Btest%40example.com&Version=1.0",
            "cff9f8fee0a9b058c5938f77c9f48f071823948faf5f86a42d87c34bc62db7f9",
        );
    }

    #[test]
    fn only_what_is_sent_is_signed() {
        check(
            KEY,
            &[USER, "Version=1.0", "Action=GetResponse", "Timestamp=2018-01-31T23:59:59+0000"],
            "Action=GetResponse&Timestamp=2018-01-31T23%3A59%3A59%2B0000&UserID=seller%2Btest%40example.com&Version=1.0",
            "1ca80ee132583bd51f386d7ba545bc0f5620dcfa03bab5f648d33e9197fcbd7d",
        );
    }

    #[test]
    fn an_empty_value_is_signed_as_nothing_behind_the_equals_sign() {
        check(
            KEY,
            &[
                USER,
                "Version=1.0",
                "Format=JSON",
                "Timestamp=2018-01-31T23:59:59+00:00",
                "Action=GetProducts",
                "Filter=all",
                "Search=",
            ],
            "Action=GetProducts&Filter=all&Format=JSON&Search=&Timestamp=2018-01-31T23%3A59%3A59%2B00%3A00\
             &UserID=seller%2Btest%40example.com&Version=1.0",
            "ca4b00764a05e9221f167755778812412d89c5b785cfd97286cabf9ee5f3224c",
        );
    }

    #[test]
    fn names_are_sorted_in_byte_order() {
        let params = [("action", "c".to_owned()), ("UserID", "b".to_owned()), ("Action", "a".to_owned())];
        assert_eq!(canonical(&params), "Action=a&UserID=b&action=c");
    }
}
