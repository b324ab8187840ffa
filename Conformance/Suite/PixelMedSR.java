/** PixelMed's structured report validator on many files: its templates are compiled once, which takes most of its time. */
public class PixelMedSR {
    public static void main(String[] files) throws Exception {
        var validator = new com.pixelmed.validate.DicomSRValidator();
        for (String file : files) {
            System.out.println("== " + file);
            try {
                System.out.println(validator.validate(file));
            } catch (Exception error) {
                System.out.println("Error: " + error);
            }
        }
    }
}
