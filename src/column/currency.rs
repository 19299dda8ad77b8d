//! Currencies, as headers and cells name them.

/// A currency that sheets of the six markets name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Currency {
    /// Singapore dollar.
    Sgd,
    /// Malaysian ringgit.
    Myr,
    /// Indonesian rupiah.
    Idr,
    /// Philippine peso.
    Php,
    /// Thai baht.
    Thb,
    /// Vietnamese dong.
    Vnd,
    /// US dollar.
    Usd,
    /// Chinese yuan.
    Cny,
    /// Euro.
    Eur,
}

impl Currency {
    const MARKS: &'static [(Currency, &'static [&'static str])] = &[
        (Currency::Sgd, &["sgd", "s$", "$", "dollar", "dollars"]),
        (Currency::Myr, &["myr", "rm", "ringgit"]),
        (Currency::Idr, &["idr", "rp", "rp.", "rupiah"]),
        (Currency::Php, &["php", "₱", "p", "peso", "pesos"]),
        (Currency::Thb, &["thb", "฿", "บาท", "baht", "บ."]),
        (Currency::Vnd, &["vnd", "vnđ", "₫", "đ", "đồng", "dong"]),
        (Currency::Usd, &["usd", "us$", "$", "dollar", "dollars", "美元", "美金"]),
        (Currency::Cny, &["cny", "rmb", "¥", "￥", "元", "人民币", "yuan", "renminbi"]),
        (Currency::Eur, &["eur", "€", "euro", "euros", "欧元"]),
    ];

    /// The currencies that a mark may mean: `$` is several.
    #[must_use]
    pub fn marked(mark: &str) -> Vec<Currency> {
        let mark = mark.trim().to_lowercase();
        let found = Currency::MARKS.iter().filter(|(_, marks)| marks.contains(&mark.as_str()));
        found.map(|(currency, _)| *currency).collect()
    }

    /// Every mark of it, in lower case.
    #[must_use]
    pub fn marks(self) -> &'static [&'static str] {
        Currency::MARKS.iter().find(|(currency, _)| *currency == self).map_or(&[], |(_, marks)| marks)
    }

    /// Every mark of every currency, in lower case.
    pub fn all_marks() -> impl Iterator<Item = &'static str> {
        Currency::MARKS.iter().flat_map(|(_, marks)| marks.iter().copied())
    }

    /// The three letters of ISO 4217.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Currency::Sgd => "SGD",
            Currency::Myr => "MYR",
            Currency::Idr => "IDR",
            Currency::Php => "PHP",
            Currency::Thb => "THB",
            Currency::Vnd => "VND",
            Currency::Usd => "USD",
            Currency::Cny => "CNY",
            Currency::Eur => "EUR",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_may_mean_several_currencies() {
        assert_eq!(Currency::marked("฿"), [Currency::Thb]);
        assert_eq!(Currency::marked("Rp"), [Currency::Idr]);
        assert_eq!(Currency::marked("$"), [Currency::Sgd, Currency::Usd]);
        assert!(Currency::marked("kg").is_empty());
    }
}
