//! Which category a merchant means: by number, by name, or by path.

use skuload::category::Node;
use skuload::column::nearest_of;

use super::super::exit::{Exit, Failure};

/// So many of several are named.
const NAMED: usize = 5;

/// A category with the names of those above it.
pub(super) struct Placed<'a> {
    /// `Fashion > Men > T-Shirts`
    pub(super) path: String,
    pub(super) node: &'a Node,
}

/// All categories, in the order of the tree.
pub(super) fn all(tree: &[Node]) -> Vec<Placed<'_>> {
    let mut found = Vec::new();
    add(tree, "", &mut found);
    found
}

fn add<'a>(nodes: &'a [Node], above: &str, found: &mut Vec<Placed<'a>>) {
    for node in nodes {
        let path = if above.is_empty() { node.name.clone() } else { format!("{above} > {}", node.name) };
        found.push(Placed { path: path.clone(), node });
        add(&node.children, &path, found);
    }
}

/// The categories at and below this one that can hold products.
pub(super) fn leaves(node: &Node) -> Vec<u64> {
    if node.children.is_empty() {
        return vec![node.id];
    }
    node.children.iter().flat_map(leaves).collect()
}

/// The one category that is meant; case and blanks do not matter.
pub(super) fn find<'a>(tree: &'a [Node], typed: &str) -> Result<Placed<'a>, Failure> {
    let (number, wanted) = (typed.trim().parse::<u64>().ok(), plain(typed));
    let mut found = all(tree);
    found.retain(|placed| match number {
        Some(number) => placed.node.id == number,
        None => plain(&placed.node.name) == wanted || plain(&placed.path) == wanted,
    });
    if found.len() > 1 {
        let named: Vec<String> =
            found.iter().take(NAMED).map(|placed| format!("{} {}", placed.node.id, placed.path)).collect();
        let more = if found.len() > NAMED { " and others" } else { "" };
        return Err(Failure::new(Exit::Usage, format!("`{typed}` is the name of {} categories", found.len()))
            .help(format!("give the number of one: {}{more}", named.join("; "))));
    }
    found.pop().ok_or_else(|| none(tree, typed, number.is_some()))
}

fn none(tree: &[Node], typed: &str, is_number: bool) -> Failure {
    let failure = Failure::new(Exit::Usage, format!("the marketplace has no category `{typed}`"));
    if is_number {
        return failure.help("numbers differ by country; `skuload category show` lists them");
    }
    let all = all(tree);
    let names = all.iter().map(|placed| placed.node.name.as_str());
    let near = nearest_of(typed.rsplit(['>', '/']).next().unwrap_or(typed), names);
    let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    failure.help(format!("{hint}`skuload category show` lists them"))
}

/// In lower case, without blanks around its parts.
fn plain(text: &str) -> String {
    let parts: Vec<String> = text.split('>').map(|part| part.trim().to_lowercase()).collect();
    parts.join(">")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Vec<Node> {
        let leaf = |id, name: &str| Node { id, name: name.to_owned(), children: Vec::new() };
        let branch = |id, name: &str, children| Node { id, name: name.to_owned(), children };
        vec![
            branch(1, "Men", vec![leaf(11, "Shoes"), leaf(12, "T-Shirts")]),
            branch(2, "Women", vec![leaf(21, "Shoes")]),
        ]
    }

    #[track_caller]
    fn check(typed: &str, expect: &str) {
        let told = match find(&tree(), typed) {
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
        let near =
            "the marketplace has no category `T-Shrits`; did you mean `T-Shirts`? `skuload category show` lists them";
        check("T-Shrits", near);
        let far = "the marketplace has no category `7`; numbers differ by country; `skuload category show` lists them";
        check("7", far);
    }

    #[test]
    fn what_has_others_below_it_stands_for_those() {
        assert_eq!(leaves(&tree()[0]), [11, 12]);
        assert_eq!(leaves(&tree()[1].children[0]), [21]);
    }
}
