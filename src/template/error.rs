//! Why a template cannot be made.

/// The template cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// Nobody has asked what this category demands.
    #[error("what {} demands is not known here", shown(*.id, .path.as_deref()))]
    NotPulled {
        /// Its number.
        id: u64,
        /// Its names from the root on, where the tree has it.
        path: Option<String>,
    },
    /// It has categories below it, and products stand in those.
    #[error("{} holds other categories, not products: {}", shown(*.id, Some(path)), .below.join(", "))]
    Branch {
        /// Its number.
        id: u64,
        /// Its names from the root on.
        path: String,
        /// Those right below it, each with its number.
        below: Vec<String>,
    },
    /// The workbook cannot hold it.
    #[error("cannot make the workbook: {0}")]
    Workbook(String),
}

fn shown(id: u64, path: Option<&str>) -> String {
    path.map_or_else(|| format!("the category {id}"), |path| format!("the category {path} ({id})"))
}
