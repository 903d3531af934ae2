//! What every command says of itself.

use super::paper::run;

/// How wide a terminal is taken to be.
const WIDTH: usize = 80;

/// Where the options that every command has begin.
const COMMON: &str = "\nOptions of every command:\n";

/// All commands by their words, `calwatch` itself first.
fn commands() -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut left = vec![(calwatch::command(), vec!["calwatch".to_owned()])];
    while let Some((command, words)) = left.pop() {
        for subcommand in command.get_subcommands() {
            let mut words = words.clone();
            words.push(subcommand.get_name().to_owned());
            left.push((subcommand.clone(), words));
        }
        found.push(words);
    }
    found.sort();
    found
}

async fn help(words: &[String]) -> String {
    let mut words: Vec<&str> = words.iter().skip(1).map(|word| &**word).collect();
    words.push("--help");
    let done = run(&words).await;
    assert_eq!(done.status, 0);
    done.out
}

#[tokio::test]
async fn every_command_says_what_it_does_in_eighty_columns() {
    let mut manual = Vec::new();
    let mut common = String::new();
    for words in commands() {
        let page = help(&words).await;

        let too_long = page.lines().find(|line| line.chars().count() > WIDTH);
        assert_eq!(too_long, None, "{words:?}");
        let (own, rest) = page.split_once(COMMON).expect("options of every command");
        let (indented, after): (Vec<&str>, Vec<&str>) = rest
            .lines()
            .partition(|line| line.starts_with(' ') || line.is_empty());
        // The same for all; a page with long texts has it in another layout.
        if common.is_empty() {
            common = indented.join("\n").trim_end().to_owned();
        }
        let name = words.join(" ");
        let after = after.join("\n");
        manual.push(
            format!("$ {name} --help\n{own}\n{after}")
                .trim_end()
                .to_owned(),
        );
    }
    manual.push(format!("{}{common}", COMMON.trim_start()));

    insta::assert_snapshot!("help", manual.join("\n\n"));
}
