//! Rows under headings, each as wide as it needs to be.

use super::plain;

/// Between two columns.
const GAP: &str = "  ";

/// A table, built row by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    cells: Vec<String>,
    /// What needs a line of its own, because it may be long and must not be cut.
    below: Vec<String>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        let mut table = Self::default();
        table.row(headings.map(str::to_owned));
        table
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(Row {
            cells: cells.iter().map(|cell| plain(cell)).collect(),
            below: Vec::new(),
        });
    }

    /// Adds a line below the last row.
    pub(crate) fn below(&mut self, line: &str) {
        if let Some(row) = self.rows.last_mut() {
            row.below.push(plain(line));
        }
    }

    /// Whether there is nothing but headings.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() < 2
    }

    /// The lines of it.
    pub(crate) fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(|row| row.cells.len()).max();
        let width_of = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.cells.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns.unwrap_or(0)).map(width_of).collect();
        let mut lines = Vec::new();
        for row in &self.rows {
            let cells = row.cells.iter().zip(&widths);
            let padded: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            lines.push(padded.join(GAP).trim_end().to_owned());
            lines.extend(row.below.iter().map(|line| format!("{GAP}{line}")));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_is_cut() {
        let mut table = Table::new(["NAME", "SCOPE"]);
        table.row(["a".to_owned(), "viewer".to_owned()]);
        table.row(["a longer name".to_owned(), "admin".to_owned()]);
        table.below("with something below it");

        assert_eq!(
            table.lines(),
            [
                "NAME           SCOPE",
                "a              viewer",
                "a longer name  admin",
                "  with something below it",
            ]
        );
    }
}
