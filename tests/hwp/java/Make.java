// Make FOLDER COUNT: writes COUNT plans as FOLDER/N.hwp and FOLDER/N.hwpx, each with its truth in FOLDER/N.json.
import java.nio.file.Files;
import java.nio.file.Path;

final class Make {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        int count = Integer.parseInt(arguments[1]);
        for (int number = 1; number <= count; number++) {
            Plan plan = new Plan(number);
            WriteHwp.write(plan, folder.resolve(number + ".hwp").toString());
            WriteHwpx.write(plan, folder.resolve(number + ".hwpx").toString());
            Files.writeString(folder.resolve(number + ".json"), plan.truth());
        }
    }
}
