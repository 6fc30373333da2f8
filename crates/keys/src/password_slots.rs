//! Where passwords are hashed: a bounded number of slots, each with the memory that it works in.
//!
//! The memory stays with its slot. Given back after every hash, glibc would leave the 19 MiB in the arena of whichever
//! thread freed them, and after a few hundred sign-ins a process of 20 MB would hold 200 to 300 MB that nobody uses. The
//! memory that was used last is taken first, so there is never more of it than hashes ran at once.
//!
//! It is not cleared between two hashes. argon2 writes every block in its first pass before it reads it, so nothing of
//! one password reaches the next hash; and argon2 itself leaves its blocks as they are when it frees them. Whoever can
//! read them there can read the passwords themselves, which the same process takes in.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use argon2::{Block, Params};
use ports::PasswordError;
use tokio::sync::Semaphore;

/// What one hash works in.
#[derive(Default)]
pub(crate) struct Memory(Vec<Block>);

impl Memory {
    /// As many blocks as a hash of this cost needs, or more.
    pub(crate) fn blocks(&mut self, params: &Params) -> &mut [Block] {
        if self.0.len() < params.block_count() {
            self.0.resize(params.block_count(), Block::new());
        }
        &mut self.0
    }

    /// Gives back what a stored hash of another cost needed beyond `usual`.
    fn shrink(&mut self, usual: &Params) {
        if self.0.len() > usual.block_count() {
            self.0.truncate(usual.block_count());
            self.0.shrink_to_fit();
        }
    }
}

/// The slots, shared by everybody who hashes.
#[derive(Clone)]
pub(crate) struct Slots {
    free: Arc<Semaphore>,
    unused: Arc<Mutex<Vec<Memory>>>,
    usual: Params,
}

impl fmt::Debug for Slots {
    /// Without the memory: what was hashed last is nobody's business.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Slots").field("free", &self.free.available_permits()).finish_non_exhaustive()
    }
}

impl Slots {
    /// So many at once, for hashes that mostly cost `usual`.
    pub(crate) fn new(number: usize, usual: Params) -> Self {
        Self { free: Arc::new(Semaphore::new(number)), unused: Arc::default(), usual }
    }

    /// Runs `work` in a blocking thread when a slot is free. The slot goes with the work: a caller that gives up does
    /// not free it early.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let failed = |error: String| PasswordError::Failed(error);
        let slot = self.free.clone().acquire_owned().await.map_err(|error| failed(error.to_string()))?;
        let slots = self.clone();
        tokio::task::spawn_blocking(move || {
            let mut memory = slots.take();
            let result = work(&mut memory);
            memory.shrink(&slots.usual);
            slots.unused.lock().unwrap_or_else(PoisonError::into_inner).push(memory);
            drop(slot);
            result
        })
        .await
        .map_err(|error| failed(error.to_string()))?
    }

    fn take(&self) -> Memory {
        self.unused.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn cost(memory_kib: u32) -> Params {
        Params::new(memory_kib, 1, 1, None).unwrap()
    }

    fn kept(slots: &Slots) -> Vec<usize> {
        slots.unused.lock().unwrap().iter().map(|memory| memory.0.len()).collect()
    }

    #[tokio::test]
    async fn one_after_the_other_work_in_the_same_memory() {
        let slots = Slots::new(4, cost(64));
        let mut places = Vec::new();
        for _ in 0..5 {
            places.push(slots.run(|memory| Ok(memory.blocks(&cost(64)).as_ptr() as usize)).await.unwrap());
        }
        places.dedup();
        assert_eq!((places.len(), kept(&slots)), (1, vec![64]));
    }

    #[tokio::test]
    async fn never_more_than_the_allowed_number_run_or_hold_memory_at_once() {
        let slots = Slots::new(2, cost(8));
        let (enter, entered) = std::sync::mpsc::channel();
        let (leave, left) = std::sync::mpsc::channel::<()>();
        let left = Arc::new(Mutex::new(left));
        let work: Vec<_> = (0..6)
            .map(|_| {
                let (slots, enter, left) = (slots.clone(), enter.clone(), left.clone());
                tokio::spawn(async move {
                    let run = slots.run(move |memory| {
                        memory.blocks(&cost(8));
                        enter.send(()).unwrap();
                        left.lock().unwrap().recv().map_err(|error| PasswordError::Failed(error.to_string()))
                    });
                    run.await.unwrap();
                })
            })
            .collect();
        let entered = tokio::task::spawn_blocking(move || {
            // Two are in, and the rest waits until one of them leaves.
            for _ in 0..2 {
                entered.recv().unwrap();
            }
            assert!(entered.recv_timeout(Duration::from_millis(50)).is_err());
            for _ in 0..4 {
                leave.send(()).unwrap();
                entered.recv().unwrap();
            }
            leave.send(()).unwrap();
            leave.send(()).unwrap();
        });
        entered.await.unwrap();
        for one in work {
            one.await.unwrap();
        }
        assert_eq!(kept(&slots), [8, 8]);
    }

    #[tokio::test]
    async fn what_a_costlier_hash_needed_is_given_back() {
        let slots = Slots::new(1, cost(64));
        assert_eq!(slots.run(|memory| Ok(memory.blocks(&cost(512)).len())).await, Ok(512));
        assert_eq!(kept(&slots), [64]);
    }

    #[tokio::test]
    async fn a_hash_that_fails_leaves_its_slot_and_memory_to_the_next() {
        let slots = Slots::new(1, cost(8));
        let failed: Result<(), _> = slots.run(|_| Err(PasswordError::Failed("no".to_owned()))).await;
        assert!(failed.is_err());
        assert!(slots.run(|memory| Ok(memory.blocks(&cost(8)).len())).await.is_ok());
        assert_eq!(kept(&slots).len(), 1);
    }
}
