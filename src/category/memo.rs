//! Answers that are dear to find, kept for those who ask the same again: the same wrong word stands in many rows.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many answers are kept; what is asked beyond them is looked for each time.
const MOST: usize = 2_000;

/// The longest question that is looked into, in bytes: a whole page is no name that somebody mistyped.
const LONGEST: usize = 1_000;

/// What was answered so far.
#[derive(Debug)]
pub(crate) struct Memo<V>(Mutex<HashMap<String, V>>);

impl<V> Default for Memo<V> {
    fn default() -> Memo<V> {
        Memo(Mutex::default())
    }
}

/// A copy has been asked nothing.
impl<V> Clone for Memo<V> {
    fn clone(&self) -> Memo<V> {
        Memo::default()
    }
}

impl<V: Clone + Default> Memo<V> {
    /// The answer to `question`, from `find` where none is kept; it depends on the question alone.
    pub(crate) fn answer(&self, question: &str, find: impl FnOnce() -> V) -> V {
        if question.len() > LONGEST {
            return V::default();
        }
        if let Some(answer) = self.kept().get(question) {
            return answer.clone();
        }
        // The others do not wait for it.
        let answer = find();
        let mut answers = self.kept();
        if answers.len() < MOST {
            answers.insert(question.to_owned(), answer.clone());
        }
        answer
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<String, V>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_before_is_not_looked_for_again() {
        let memo: Memo<Option<u32>> = Memo::default();
        assert_eq!(memo.answer("a", || Some(1)), Some(1));
        assert_eq!(memo.answer("a", || Some(2)), Some(1));
    }

    #[test]
    fn there_is_an_end_to_what_is_kept_and_none_to_what_is_answered() {
        let memo: Memo<Option<usize>> = Memo::default();
        (0..MOST).for_each(|at| assert_eq!(memo.answer(&at.to_string(), || Some(at)), Some(at)));
        assert_eq!(memo.answer("one more", || Some(1)), Some(1));
        assert_eq!(memo.answer("one more", || Some(2)), Some(2), "it is not kept");
        assert_eq!(memo.answer("7", || None), Some(7));
        let memo: Memo<Option<usize>> = Memo::default();
        assert_eq!(memo.answer(&"x".repeat(LONGEST + 1), || Some(1)), None);
    }
}
