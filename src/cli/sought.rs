//! Which category a merchant means: by number, by name, or by path.

use skuload::category::{Categories, Node, Sought};

use super::exit::{Exit, Failure};
use super::settings::{Settings, quoted};

/// So many of several are named.
const NAMED: usize = 5;

/// A category with the names of those above it.
pub(super) struct Placed<'a> {
    /// `Fashion > Men > T-Shirts`
    #[cfg_attr(not(feature = "import"), allow(dead_code, reason = "a template needs the number alone"))]
    pub(super) path: String,
    pub(super) node: &'a Node,
}

/// All categories, in the order of the tree.
#[cfg(feature = "import")]
pub(super) fn all(tree: &[Node]) -> Vec<Placed<'_>> {
    let mut found = Vec::new();
    add(tree, "", &mut found);
    found
}

#[cfg(feature = "import")]
fn add<'a>(nodes: &'a [Node], above: &str, found: &mut Vec<Placed<'a>>) {
    for node in nodes {
        let path = if above.is_empty() { node.name.clone() } else { format!("{above} > {}", node.name) };
        found.push(Placed { path: path.clone(), node });
        add(&node.children, &path, found);
    }
}

/// The categories at and below this one that can hold products.
#[cfg(feature = "import")]
pub(super) fn leaves(node: &Node) -> Vec<u64> {
    if node.children.is_empty() {
        return vec![node.id];
    }
    node.children.iter().flat_map(leaves).collect()
}

/// What is meant by a text that may name several, parted by commas: the whole of it, for a name may hold a comma, or
/// each part by itself.
pub(super) fn each<T>(typed: &str, one: impl Fn(&str) -> Result<T, Failure>) -> Result<Vec<T>, Failure> {
    let parts: Vec<&str> = typed.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    match one(typed) {
        Err(_) if parts.len() > 1 => parts.into_iter().map(one).collect(),
        whole => Ok(vec![whole?]),
    }
}

/// The command that lists the categories which the settings mean.
pub(super) fn lister(settings: &Settings) -> String {
    let decided = &settings.decided;
    let from = match (&decided.categories, &decided.shop, &decided.country) {
        _ if settings.is_for_sandbox => "--sandbox".to_owned(),
        (Some(path), _, _) => format!("--categories {}", quoted(&path.display().to_string())),
        (None, Some(shop), _) => format!("--shop {}", quoted(shop)),
        (None, None, Some(country)) => format!("--country {}", quoted(country)),
        (None, None, None) => "--shop NAME".to_owned(),
    };
    settings.command(&format!("category show {from}{}", api(settings)))
}

/// The command that pulls what the settings mean, with these words behind it.
pub(super) fn puller(settings: &Settings, more: &str) -> String {
    let from = match &settings.decided.shop {
        _ if settings.is_for_sandbox => "--sandbox".to_owned(),
        Some(shop) => format!("--shop {}", quoted(shop)),
        None => "--shop NAME".to_owned(),
    };
    settings.command(format!("category pull {from}{} {more}", api(settings)).trim_end())
}

/// The flag that names the API, where no shop tells it and it was typed.
fn api(settings: &Settings) -> String {
    let typed = settings.decided.api.as_deref().filter(|_| settings.decided.shop.is_none() && settings.is_typed("api"));
    typed.map(|api| format!(" --api {}", quoted(api))).unwrap_or_default()
}

/// The one category that is meant; `lister` is the command that lists them.
pub(super) fn category<'a>(known: &'a Categories, typed: &str, lister: &str) -> Result<Placed<'a>, Failure> {
    let number = typed.trim().parse::<u64>().ok();
    let sought = number.map_or_else(|| known.find(typed), Sought::One);
    let (message, help) = match sought {
        Sought::One(id) => match (known.line(id).last(), known.path(id)) {
            (Some(node), Some(path)) => return Ok(Placed { path, node }),
            _ => (
                format!("the marketplace has no category `{typed}`"),
                format!("numbers differ by country; `{lister}` lists them"),
            ),
        },
        Sought::Several(ids) => {
            let more = if ids.len() > NAMED { " and others" } else { "" };
            let message = format!("`{typed}` is the name of {} categories", ids.len());
            (message, format!("give the number of one: {}{more}", named(known, &ids)))
        }
        Sought::Nothing(near) => {
            let hint = if near.is_empty() { String::new() } else { format!("did you mean {}? ", named(known, &near)) };
            let message = format!("the marketplace has no category `{typed}`");
            (message, format!("{hint}`{lister}` lists them"))
        }
    };
    Err(Failure::new(Exit::Usage, message).help(help))
}

/// A few categories, with their paths.
fn named(known: &Categories, ids: &[u64]) -> String {
    let named = ids.iter().take(NAMED).filter_map(|id| Some(format!("{id} {}", known.path(*id)?)));
    named.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Categories {
        let leaf = |id, name: &str| Node { id, name: name.to_owned(), children: Vec::new() };
        let branch = |id, name: &str, children| Node { id, name: name.to_owned(), children };
        let tree = vec![
            branch(1, "Men", vec![leaf(11, "Shoes"), leaf(12, "T-Shirts")]),
            branch(2, "Women", vec![leaf(21, "Shoes")]),
        ];
        Categories::new(None, chrono::DateTime::UNIX_EPOCH, tree, std::collections::BTreeMap::new(), None)
    }

    #[track_caller]
    fn check(typed: &str, expect: &str) {
        let told = match category(&known(), typed, "skuload category show --shop stall") {
            Ok(placed) => placed.path,
            Err(failure) => format!("{}; {}", failure.message, failure.help.unwrap_or_default()),
        };
        assert_eq!(told, expect, "{typed}");
    }

    #[test]
    fn a_category_is_found_by_number_name_or_path() {
        check("12", "Men > T-Shirts");
        check(" t-shirts ", "Men > T-Shirts");
        check("women>shoes", "Women > Shoes");
        check("Men", "Men");
    }

    #[test]
    fn a_name_of_several_categories_and_one_of_none_are_refused() {
        let several = "`shoes` is the name of 2 categories; give the number of one: 11 Men > Shoes; 21 Women > Shoes";
        check("shoes", several);
        let near = "the marketplace has no category `T-Shrits`; did you mean 12 Men > T-Shirts? `skuload category show --shop stall` lists them";
        check("T-Shrits", near);
        let far = "the marketplace has no category `7`; numbers differ by country; `skuload category show --shop stall` lists them";
        check("7", far);
    }

    #[track_caller]
    fn check_each(typed: &str, expect: &str) {
        let one = |text: &str| match text {
            "A" | "B" | "A, B" | "C, D" => Ok(text.to_owned()),
            other => Err(Failure::new(Exit::Usage, format!("not {other}"))),
        };
        let told = each(typed, one).map_or_else(|failure| failure.message, |all| all.join("|"));
        assert_eq!(told, expect, "{typed}");
    }

    #[test]
    fn several_are_parted_by_commas_unless_a_name_holds_one() {
        check_each("A", "A");
        check_each("A,B, ", "A|B");
        check_each("A, B", "A, B");
        check_each("C, D", "C, D");
        check_each("A,C", "not C");
        check_each("X", "not X");
        check_each(",", "not ,");
    }

    #[cfg(feature = "import")]
    #[test]
    fn what_has_others_below_it_stands_for_those() {
        assert_eq!(leaves(&known().tree()[0]), [11, 12]);
        assert_eq!(leaves(&known().tree()[1].children[0]), [21]);
    }
}
