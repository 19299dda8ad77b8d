//! How the table of rules becomes the type [`Rule`](super::Rule).

macro_rules! rules {
    ($($variant:ident, $name:literal, $severity:ident, $summary:literal, $help:literal, $source:literal;)*) => {
        /// A rule, known by its name in every output.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $summary] $variant,)*
        }

        impl Rule {
            /// Every rule, in the order of the table.
            pub const ALL: &'static [Rule] = &[$(Rule::$variant,)*];

            /// The name, as in `error[sale-not-below-price]`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Rule::$variant => $name,)* }
            }

            /// How grave a finding of it is.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Rule::$variant => Severity::$severity,)* }
            }

            /// What it means, in one sentence without a full stop.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Rule::$variant => $summary,)* }
            }

            /// What to do, where the finding itself knows nothing better.
            #[must_use]
            pub fn help(self) -> &'static str {
                match self { $(Rule::$variant => $help,)* }
            }

            /// The page or the practice it comes from.
            #[must_use]
            pub fn source(self) -> &'static str {
                match self { $(Rule::$variant => $source,)* }
            }
        }
    };
}
