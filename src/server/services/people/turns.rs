//! Work that takes much memory and a core for a moment, and that anybody may ask for: a few turns of it at once, on threads of
//! their own. Each of these takes for the next turn the memory that it took for the last; of many threads each would keep some.

use anyhow::Context;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, LazyLock, Mutex, PoisonError, mpsc},
    thread,
};
use tokio::sync::{Semaphore, oneshot};

const AT_ONCE: usize = 2;

type Work = Box<dyn FnOnce() + Send>;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

static WORKERS: LazyLock<mpsc::Sender<Work>> = LazyLock::new(|| {
    let (sender, receiver) = mpsc::channel::<Work>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..AT_ONCE {
        let receiver = receiver.clone();
        thread::spawn(move || {
            let next = || receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            while let Ok(work) = next() {
                // Whoever waits for it is told by getting no answer.
                let _ = catch_unwind(AssertUnwindSafe(work));
            }
        });
    }
    sender
});

/// Does it when it is its turn.
pub async fn take<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    take_of(&TURNS, work).await
}

async fn take_of<T: Send + 'static>(turns: &'static Semaphore, work: impl FnOnce() -> T + Send + 'static) -> anyhow::Result<T> {
    let turn = turns.acquire().await.context("there are no turns any more")?;
    let (answer, answered) = oneshot::channel();
    let work = move || {
        // Held by the work, not by whoever asked: they may be gone before it is done, and their turn must not be free by that.
        let _turn = turn;
        // Fails where nobody waits any more.
        let _ = answer.send(work());
    };
    WORKERS.send(Box::new(work)).ok().context("nobody works any more")?;
    answered.await.context("the work broke off")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn whoever_goes_away_frees_no_turn_before_its_work_is_done() {
        static ONE: Semaphore = Semaphore::const_new(1);
        let (end, ended) = mpsc::channel::<()>();
        let asked = timeout(Duration::from_millis(50), take_of(&ONE, move || ended.recv()));
        assert!(asked.await.is_err(), "it went away");
        assert_eq!(ONE.available_permits(), 0, "the work goes on");
        end.send(()).unwrap();
        assert_eq!(take_of(&ONE, || 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn work_that_breaks_off_leaves_the_others_their_turn() {
        static ONE: Semaphore = Semaphore::const_new(1);
        for _ in 0..2 * AT_ONCE {
            assert!(take_of(&ONE, || panic!("on purpose")).await.map(|(): ()| ()).is_err());
        }
        assert_eq!(take_of(&ONE, || 7).await.unwrap(), 7);
    }
}
