//! The model itself: which actions a state offers and what each of them does.

use stateright::{Model, Property};

use crate::bounds::Bounds;
use crate::canonical::canonical;
use crate::state::State;
use crate::variant::Variant;
use crate::{properties, publish, receive, sweep, sync, world};

/// One calendar under one variant of the algorithm and one set of bounds.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    /// The algorithm.
    pub variant: Variant,
    /// The size of the search.
    pub bounds: Bounds,
    /// Whether to look for the landmarks that show a search is not vacuous.
    pub landmarks: bool,
}

/// One effect of somebody, or something that happens by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A receiver acts.
    Receive(receive::Receive),
    /// A worker acts.
    Sync(sync::Sync),
    /// A publisher acts.
    Publish(publish::Publish),
    /// A sweeper or an operator acts.
    Sweep(sweep::Sweep),
    /// Nobody acts.
    World(world::World),
}

impl Calendar {
    /// Every action a state offers.
    pub(crate) fn offers(&self, state: &State, out: &mut Vec<Action>) {
        world::actions(self, state, out);
        receive::actions(self, state, out);
        sync::actions(self, state, out);
        publish::actions(self, state, out);
        sweep::actions(self, state, out);
    }

    /// The state after an action.
    pub(crate) fn after(&self, state: &State, action: Action) -> State {
        let mut next = *state;
        match action {
            Action::Receive(action) => receive::apply(self, &mut next, action),
            Action::Sync(action) => sync::apply(self, &mut next, action),
            Action::Publish(action) => publish::apply(self, &mut next, action),
            Action::Sweep(action) => sweep::apply(self, &mut next, action),
            Action::World(action) => world::apply(self, &mut next, action),
        }
        canonical(&mut next);
        next
    }
}

impl Model for Calendar {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State::start(&self.bounds)]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.offers(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        Some(self.after(state, action))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties::all(self)
    }
}
