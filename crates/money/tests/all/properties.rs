//! Whatever is done at once, the books are right after every burst.

use std::sync::Arc;

use bursar_store::Engine;

use crate::books;
use crate::on_both_engines;
use crate::script::Stage;

async fn no_burst_of_commands_overspends_or_loses_a_micro(engine: Engine) {
    let (seeds, bursts) = match engine {
        Engine::Sqlite => (10..16, 8),
        Engine::Postgres => (20..22, 5),
    };
    for seed in seeds {
        let stage = Arc::new(Stage::new(engine, 2).await);
        for burst in 0..bursts {
            stage.play(seed * 100 + burst, 12, 4).await;
            books::assert_right(stage.world.db()).await;
        }
    }
}
on_both_engines!(no_burst_of_commands_overspends_or_loses_a_micro);
