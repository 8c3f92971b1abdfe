// A Plan as an HWP 5 document, by hwplib.
import java.util.List;

import kr.dogfoot.hwplib.object.HWPFile;
import kr.dogfoot.hwplib.object.bodytext.ParagraphListInterface;
import kr.dogfoot.hwplib.object.bodytext.control.*;
import kr.dogfoot.hwplib.object.bodytext.control.ctrlheader.header.HeaderFooterApplyPage;
import kr.dogfoot.hwplib.object.bodytext.control.gso.ControlRectangle;
import kr.dogfoot.hwplib.object.bodytext.control.gso.GsoControlType;
import kr.dogfoot.hwplib.object.bodytext.control.sectiondefine.NumberShape;
import kr.dogfoot.hwplib.object.bodytext.control.table.ListHeaderForCell;
import kr.dogfoot.hwplib.object.bodytext.control.table.Row;
import kr.dogfoot.hwplib.object.bodytext.paragraph.Paragraph;
import kr.dogfoot.hwplib.object.bodytext.paragraph.text.HWPCharControlExtend;
import kr.dogfoot.hwplib.object.docinfo.Numbering;
import kr.dogfoot.hwplib.object.docinfo.ParaShape;
import kr.dogfoot.hwplib.object.docinfo.numbering.ParagraphNumberFormat;
import kr.dogfoot.hwplib.object.docinfo.parashape.ParaHeadShape;
import kr.dogfoot.hwplib.tool.blankfilemaker.BlankFileMaker;
import kr.dogfoot.hwplib.writer.HWPWriter;

final class WriteHwp {
    // Characters that stand for a control, by the format's own numbers.
    private static final short OBJECT = 11, PAGE_PART = 16, NOTE = 17;

    private final HWPFile file = BlankFileMaker.make();
    private final int firstNumbered;  // the paragraph shape of level 1; level 2 follows

    private WriteHwp() throws Exception {
        Numbering numbering = file.getDocInfo().addNewNumbering();
        numbering.setStartNumber(1);
        level(numbering, 1, "^1.", ParagraphNumberFormat.Number);
        level(numbering, 2, "^2)", ParagraphNumberFormat.Hangul);
        List<ParaShape> shapes = file.getDocInfo().getParaShapeList();
        firstNumbered = shapes.size();
        for (byte level = 0; level < 2; level++) {
            ParaShape shape = shapes.get(0).clone();
            shape.getProperty1().setParaHeadShape(ParaHeadShape.Numbering);
            shape.getProperty1().setParaLevel(level);
            shape.setParaHeadId(file.getDocInfo().getNumberingList().size());
            shapes.add(shape);
        }
    }

    static void write(Plan plan, String path) throws Exception {
        WriteHwp writer = new WriteHwp();
        ParagraphListInterface body = writer.file.getBodyText().getSectionList().get(0);
        Paragraph first = body.getParagraph(0);  // holds the section's definition
        List<Plan.Paragraph> paragraphs = plan.body();
        writer.fill(first, paragraphs.get(0));
        writer.add(body, paragraphs.subList(1, paragraphs.size()));
        HWPWriter.toFile(writer.file, path);
    }

    private static void level(Numbering numbering, int level, String pattern, ParagraphNumberFormat format)
        throws Exception {
        numbering.getLevelNumbering(level).getNumberFormat().fromUTF16LEString(pattern);
        numbering.getLevelNumbering(level).getParagraphHeadInfo().getProperty().setParagraphNumberFormat(format);
        numbering.getLevelNumbering(level).setStartNumber(1);
    }

    private void add(ParagraphListInterface list, List<Plan.Paragraph> paragraphs) throws Exception {
        for (Plan.Paragraph one : paragraphs) {
            Paragraph paragraph = list.addNewParagraph();
            paragraph.getHeader().setParaShapeId(one.level() == 0 ? 0 : firstNumbered + one.level() - 1);
            paragraph.getHeader().setStyleId((short) 0);
            paragraph.createText();
            paragraph.createCharShape();
            paragraph.getCharShape().addParaCharShape(0, 0);
            fill(paragraph, one);
        }
    }

    private void fill(Paragraph paragraph, Plan.Paragraph plan) throws Exception {
        for (Object one : plan.content()) {
            if (one instanceof String text) paragraph.getText().addString(text);
            if (one instanceof Plan.Equation equation) {
                mark(paragraph, OBJECT, "eqed");
                ControlEquation control = (ControlEquation) paragraph.addNewControl(ControlType.Equation);
                control.getEQEdit().getScript().fromUTF16LEString(equation.script());
            }
            if (one instanceof Plan.Table table) add(paragraph, table);
            if (one instanceof Plan.Part part) add(paragraph, part);
        }
    }

    private static void mark(Paragraph paragraph, short code, String name) throws Exception {
        HWPCharControlExtend mark = paragraph.getText().addNewExtendControlChar();
        mark.setCode(code);
        byte[] addition = new byte[12];  // the control's name, last letter first; the rest is a program's own
        for (int i = 0; i < 4; i++) addition[i] = (byte) name.charAt(3 - i);
        mark.setAddition(addition);
    }

    private void add(Paragraph paragraph, Plan.Part part) throws Exception {
        switch (part.role()) {
            case FOOTNOTE -> {
                mark(paragraph, NOTE, "fn  ");
                ControlFootnote note = (ControlFootnote) paragraph.addNewControl(ControlType.Footnote);
                note.getHeader().setNumberShape(NumberShape.Number);
                note.getListHeader().setParaCount(part.paragraphs().size());
                add(note.getParagraphList(), part.paragraphs());
            }
            case ENDNOTE -> {
                mark(paragraph, NOTE, "en  ");
                ControlEndnote note = (ControlEndnote) paragraph.addNewControl(ControlType.Endnote);
                note.getHeader().setNumberShape(NumberShape.Number);
                note.getListHeader().setParaCount(part.paragraphs().size());
                add(note.getParagraphList(), part.paragraphs());
            }
            case HEADER -> {
                mark(paragraph, PAGE_PART, "head");
                ControlHeader header = (ControlHeader) paragraph.addNewControl(ControlType.Header);
                header.getHeader().setApplyPage(HeaderFooterApplyPage.BothPage);
                header.getListHeader().setParaCount(part.paragraphs().size());
                add(header.getParagraphList(), part.paragraphs());
            }
            case FOOTER -> {
                mark(paragraph, PAGE_PART, "foot");
                ControlFooter footer = (ControlFooter) paragraph.addNewControl(ControlType.Footer);
                footer.getHeader().setApplyPage(HeaderFooterApplyPage.BothPage);
                footer.getListHeader().setParaCount(part.paragraphs().size());
                add(footer.getParagraphList(), part.paragraphs());
            }
            case BOX -> {
                mark(paragraph, OBJECT, "gso ");
                ControlRectangle box = (ControlRectangle) paragraph.addNewGsoControl(GsoControlType.Rectangle);
                box.createTextBox();
                box.getTextBox().getListHeader().setParaCount(part.paragraphs().size());
                add(box.getTextBox().getParagraphList(), part.paragraphs());
            }
        }
    }

    private void add(Paragraph paragraph, Plan.Table plan) throws Exception {
        mark(paragraph, OBJECT, "tbl ");
        ControlTable table = (ControlTable) paragraph.addNewControl(ControlType.Table);
        table.getTable().setRowCount(plan.rows());
        table.getTable().setColumnCount(plan.columns());
        table.getTable().setBorderFillId(1);
        if (plan.caption() != null) {
            table.createCaption();
            table.getCaption().getListHeader().setParaCount(1);
            add(table.getCaption().getParagraphList(), List.of(new Plan.Paragraph(0, List.of(plan.caption()))));
        }
        for (int number = 0; number < plan.rows(); number++) {
            Row row = table.addNewRow();
            int count = 0;
            for (Plan.Cell one : plan.cells()) {
                if (one.row() != number) continue;
                var cell = row.addNewCell();
                ListHeaderForCell header = cell.getListHeader();
                header.setParaCount(one.paragraphs().size());
                header.setRowIndex(one.row());
                header.setColIndex(one.column());
                header.setRowSpan(one.rows());
                header.setColSpan(one.columns());
                header.setBorderFillId(1);
                add(cell.getParagraphList(), one.paragraphs());
                count++;
            }
            table.getTable().addCellCountOfRow(count);
        }
    }
}
