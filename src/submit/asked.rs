//! One read: told to whoever watches, sent, and what came of it told too.

use std::io;

use super::event::{Answer, reason};
use super::flight::{Back, exchange};
use super::notice::{Notice, Observer};
use super::run::Edge;
use super::{Clock, Transport};
use crate::dialect::{Call, Reply};

/// Asks once. `sound` takes what answers the call, with a word on it for those who watch; any other reply is none.
/// `Err` where what is kept for calls cannot be.
pub(super) async fn asked<T: Transport, C: Clock, O: Observer, A>(
    edge: &Edge<'_, T, C, O>,
    call: &Call<'_>,
    sound: impl FnOnce(Reply) -> Option<(A, String)>,
) -> io::Result<Back<Result<A, Answer>>> {
    let action = call.action();
    edge.observer.notice(&Notice::Request { id: None, action, attempt: 1, skus: 0 });
    let back = exchange(edge, call).await?.map(|reply| match reply {
        Ok(Reply::Refused(refusal)) => Err(Answer::Refused(refusal)),
        Ok(reply) => sound(reply).ok_or_else(|| Answer::Unclear { reason: "the reply is to another call".to_owned() }),
        Err(answer) => Err(answer),
    });
    let (what, outcome) = match back.what {
        Ok((came, outcome)) => (Ok(came), outcome),
        Err(answer) => {
            let outcome = reason(&answer);
            (Err(answer), outcome)
        }
    };
    edge.observer.notice(&Notice::Reply { id: None, action, outcome });
    Ok(Back { what, left: back.left, retry_after: back.retry_after })
}
