// A Plan as an HWPX document, by hwpxlib.
import java.util.List;

import kr.dogfoot.hwpxlib.object.HWPXFile;
import kr.dogfoot.hwpxlib.object.content.header_xml.RefList;
import kr.dogfoot.hwpxlib.object.content.header_xml.enumtype.NumberType1;
import kr.dogfoot.hwpxlib.object.content.header_xml.enumtype.ParaHeadingType;
import kr.dogfoot.hwpxlib.object.content.header_xml.references.Numbering;
import kr.dogfoot.hwpxlib.object.content.header_xml.references.ParaPr;
import kr.dogfoot.hwpxlib.object.content.section_xml.ParaListCore;
import kr.dogfoot.hwpxlib.object.content.section_xml.SubList;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.Para;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.Run;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.ctrl.*;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.object.Equation;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.object.Rectangle;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.object.Table;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.object.table.Tc;
import kr.dogfoot.hwpxlib.object.content.section_xml.paragraph.object.table.Tr;
import kr.dogfoot.hwpxlib.tool.blankfilemaker.BlankFileMaker;
import kr.dogfoot.hwpxlib.writer.HWPXWriter;

final class WriteHwpx {
    // Ids that the blank document does not use.
    private static final String NUMBERING = "90";
    private static final int NUMBERED = 900;  // the paragraph shape of level 1 is the next one

    static void write(Plan plan, String path) throws Exception {
        HWPXFile file = BlankFileMaker.make();
        addNumbering(file.headerXMLFile().refList());
        ParaListCore body = file.sectionXMLFileList().get(0);
        Para first = body.getPara(0);  // holds the section's definition
        List<Plan.Paragraph> paragraphs = plan.body();
        fill(first, paragraphs.get(0));
        add(body, paragraphs.subList(1, paragraphs.size()));
        HWPXWriter.toFilepath(file, path);
    }

    private static void addNumbering(RefList references) {
        if (references.numberings() == null) references.createNumberings();
        Numbering numbering = references.numberings().addNew().idAnd(NUMBERING).startAnd(0);
        numbering.addNewParaHead().levelAnd((byte) 1).startAnd(1).numFormatAnd(NumberType1.DIGIT).text("^1.");
        numbering.addNewParaHead().levelAnd((byte) 2).startAnd(1).numFormatAnd(NumberType1.HANGUL_SYLLABLE).text("^2)");
        for (int level = 0; level < 2; level++) {
            ParaPr shape = references.paraProperties().addNew().idAnd(String.valueOf(NUMBERED + level + 1));
            shape.createHeading();
            shape.heading().typeAnd(ParaHeadingType.NUMBER).idRefAnd(NUMBERING).levelAnd((byte) level);
        }
    }

    private static void add(ParaListCore list, List<Plan.Paragraph> paragraphs) {
        for (Plan.Paragraph one : paragraphs) {
            String shape = one.level() == 0 ? "0" : String.valueOf(NUMBERED + one.level());
            fill(list.addNewPara().idAnd("0").paraPrIDRefAnd(shape).styleIDRefAnd("0"), one);
        }
    }

    private static void fill(Para para, Plan.Paragraph plan) {
        for (Object one : plan.content()) {
            Run run = para.addNewRun().charPrIDRefAnd("0");
            if (one instanceof String text) run.addNewT().addText(text);
            if (one instanceof Plan.Equation equation) {
                Equation object = run.addNewEquation();
                object.createScript();
                object.script().addText(equation.script());
            }
            if (one instanceof Plan.Table table) add(run, table);
            if (one instanceof Plan.Part part) add(run, part);
        }
    }

    private static void add(Run run, Plan.Part part) {
        if (part.role() == Plan.Role.BOX) {
            Rectangle box = run.addNewRectangle();
            box.createDrawText();
            box.drawText().createSubList();
            add(box.drawText().subList(), part.paragraphs());
            return;
        }
        var control = run.addNewCtrl();
        SubList list = switch (part.role()) {
            case FOOTNOTE -> { FootNote note = control.addNewFootNote(); note.createSubList(); yield note.subList(); }
            case ENDNOTE -> { EndNote note = control.addNewEndNote(); note.createSubList(); yield note.subList(); }
            case HEADER -> { Header header = control.addNewHeader(); header.createSubList(); yield header.subList(); }
            default -> { Footer footer = control.addNewFooter(); footer.createSubList(); yield footer.subList(); }
        };
        add(list, part.paragraphs());
    }

    private static void add(Run run, Plan.Table plan) {
        Table table = run.addNewTable().rowCntAnd((short) plan.rows()).colCntAnd((short) plan.columns());
        if (plan.caption() != null) {
            table.createCaption();
            table.caption().createSubList();
            add(table.caption().subList(), List.of(new Plan.Paragraph(0, List.of(plan.caption()))));
        }
        for (int number = 0; number < plan.rows(); number++) {
            Tr row = table.addNewTr();
            for (Plan.Cell one : plan.cells()) {
                if (one.row() != number) continue;
                Tc cell = row.addNewTc();
                cell.createSubList();
                add(cell.subList(), one.paragraphs());
                cell.createCellAddr();
                cell.cellAddr().rowAddr((short) one.row());
                cell.cellAddr().colAddr((short) one.column());
                cell.createCellSpan();
                cell.cellSpan().rowSpan((short) one.rows());
                cell.cellSpan().colSpan((short) one.columns());
            }
        }
    }
}
