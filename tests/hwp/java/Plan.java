// Plan: what a document holds, before it is written as HWP or HWPX, and the truth that a reader is held to.
//
// The same number gives the same plan on every machine. Every word is its own, so that a word that is lost, doubled or
// moved is seen.
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

final class Plan {
    enum Role { FOOTNOTE, ENDNOTE, HEADER, FOOTER, BOX }

    // A String, a Table, a Note or an Equation, in the order of the text.
    record Paragraph(int level, List<Object> content) {}  // level: 0 plain, 1 or 2 numbered
    record Cell(int row, int column, int rows, int columns, List<Paragraph> paragraphs) {}
    record Table(int rows, int columns, String caption, List<Cell> cells) {}
    record Part(Role role, List<Paragraph> paragraphs) {}  // what has paragraphs of its own
    record Equation(String script) {}

    private static final String[] STEMS = {
        "계약", "예산", "안전", "회의", "검토", "시설", "교육", "연구", "지원", "평가", "보고", "인사", "감사", "자료", "기준", "절차",
        "report", "system", "office", "quality"};
    private static final String HANGUL_NUMBERS = "가나다라마바사아자차카타파하";
    private static final int DEPTH_MAX = 3;  // tables in tables in tables

    private final Random random;
    private final int number;
    private int words = 0;
    private final int[] counts = new int[3];
    private final List<Paragraph> body = new ArrayList<>();

    Plan(int number) {
        this.number = number;
        random = new Random(number);
        body.add(new Paragraph(0, List.of(new Part(Role.HEADER, List.of(plain(2))),
                                          new Part(Role.FOOTER, List.of(plain(2))), sentence(5))));
        // Each document has all of it; how much, and in which order, is the number's.
        List<Integer> kinds = new ArrayList<>(List.of(0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 7));
        java.util.Collections.shuffle(kinds, random);
        for (int kind : kinds) body.add(part(kind));
    }

    List<Paragraph> body() { return body; }

    private Paragraph part(int kind) {
        List<Object> content = new ArrayList<>();
        if (kind == 1) return new Paragraph(1 + random.nextInt(2), List.of(sentence(4)));
        content.add(sentence(3));
        if (kind == 2) content.add(new Part(Role.FOOTNOTE, List.of(plain(4))));
        if (kind == 3) content.add(new Part(Role.ENDNOTE, List.of(plain(4), plain(3))));
        if (kind == 4) content.add(new Part(Role.BOX, List.of(plain(3), plain(2))));
        if (kind == 5) content.add(new Equation("{" + word() + " over " + word() + "} + sqrt {" + word() + "}"));
        if (kind == 6) content.add(boxWithTable());
        if (kind == 7) content.add(table(1));
        content.add(" " + sentence(3));
        return new Paragraph(0, content);
    }

    private Part boxWithTable() {
        return new Part(Role.BOX, List.of(plain(3), new Paragraph(0, List.of(table(DEPTH_MAX)))));
    }

    // A grid cut into cells: each free place begins one, as large as chance and its neighbours let it be.
    private Table table(int depth) {
        int rows = 2 + random.nextInt(4), columns = 2 + random.nextInt(4);
        boolean[][] taken = new boolean[rows][columns];
        List<Cell> cells = new ArrayList<>();
        boolean nested = depth == DEPTH_MAX;
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                if (taken[row][column]) continue;
                // No row or column is covered from end to end: each begins a cell of its own.
                int down = row + 1 < rows && column > 0 && random.nextInt(3) == 0 ? 2 : 1;
                int right = column + 1 < columns && row > 0 && !taken[row][column + 1] && random.nextInt(3) == 0 ? 2 : 1;
                if (right == 2 && down == 2) right = 1;
                for (int r = row; r < row + down; r++) {
                    for (int c = column; c < column + right; c++) taken[r][c] = true;
                }
                List<Paragraph> inside = new ArrayList<>(List.of(plain(1 + random.nextInt(3))));
                if (random.nextInt(4) == 0) inside.add(plain(2));
                if (!nested && cells.size() == 2) {
                    inside.add(new Paragraph(0, List.of(table(depth + 1))));
                    nested = true;
                }
                cells.add(new Cell(row, column, down, right, inside));
            }
        }
        return new Table(rows, columns, depth == 1 ? sentence(2) : null, cells);
    }

    private Paragraph plain(int size) { return new Paragraph(0, List.of(sentence(size))); }

    private String sentence(int size) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < size; i++) text.append(i == 0 ? "" : " ").append(word());
        return text.toString();
    }

    private String word() {
        return STEMS[random.nextInt(STEMS.length)] + "x" + number + "x" + words++;
    }

    // ---- the truth ---------------------------------------------------------------------------------------------

    // {"lines": text of the body's own paragraphs in order, "words": all of them, "tables": in order, the outer first}
    String truth() {
        List<String> lines = new ArrayList<>(), all = new ArrayList<>(), tables = new ArrayList<>();
        for (Paragraph one : body) {
            String label = label(one.level());
            lines.add(label + textOf(one).strip());
            if (!label.isEmpty()) all.add(label);
        }
        gather(body, all, tables);
        return "{\"lines\": [" + joined(lines) + "], \"words\": [" + joined(all) + "], \"tables\": ["
            + String.join(", ", tables) + "]}";
    }

    private String label(int level) {
        if (level == 0) return "";
        counts[level]++;
        if (level == 1) counts[2] = 0;
        return level == 1 ? counts[1] + ". " : HANGUL_NUMBERS.charAt(counts[2] - 1) + ") ";
    }

    private static String textOf(Paragraph paragraph) {
        StringBuilder text = new StringBuilder();
        for (Object one : paragraph.content()) {
            if (one instanceof String plain) text.append(plain);
            if (one instanceof Equation equation) text.append(equation.script());
        }
        return text.toString();
    }

    private static void gather(List<Paragraph> paragraphs, List<String> all, List<String> tables) {
        for (Paragraph paragraph : paragraphs) {
            all.addAll(List.of(textOf(paragraph).strip().split("\\s+")));
            for (Object one : paragraph.content()) {
                if (one instanceof Part part) gather(part.paragraphs(), all, tables);
                if (one instanceof Table table) gather(table, all, tables);
            }
        }
    }

    private static void gather(Table table, List<String> all, List<String> tables) {
        List<String> cells = new ArrayList<>();
        int here = tables.size();
        tables.add("");
        if (table.caption() != null) all.addAll(List.of(table.caption().split("\\s+")));
        for (Cell cell : table.cells()) {
            StringBuilder text = new StringBuilder();
            for (Paragraph one : cell.paragraphs()) text.append(' ').append(textOf(one));
            cells.add("{\"row\": " + cell.row() + ", \"column\": " + cell.column() + ", \"rows\": " + cell.rows()
                      + ", \"columns\": " + cell.columns() + ", \"text\": " + quoted(text.toString().strip()) + "}");
            gather(cell.paragraphs(), all, tables);
        }
        tables.set(here, "{\"rows\": " + table.rows() + ", \"columns\": " + table.columns() + ", \"cells\": ["
                             + String.join(", ", cells) + "]}");
    }

    // The words of a plan have no character that JSON would escape.
    private static String quoted(String text) { return "\"" + text + "\""; }

    private static String joined(List<String> texts) {
        return String.join(", ", texts.stream().filter(text -> !text.isBlank()).map(Plan::quoted).toList());
    }
}
