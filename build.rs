//! Migrations are compiled in: a new one must rebuild the bot.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
