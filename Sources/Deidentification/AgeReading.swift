import DICOMCore
import Passage

/// Reads the age of a patient at the examination.
enum AgeReading {
    /// From Patient's Age (0010,1010); failing that from the dates of birth and examination.
    static func band(_ header: DataSet) -> AnalysisFacts.AgeBand {
        guard let years = stated(header) ?? computed(header) else { return .unknown }
        switch years {
        case ..<0: return .unknown
        case 0: return .infant
        case 1...5: return .youngChild
        case 6...17: return .child
        case 18...39: return .youngAdult
        case 40...64: return .adult
        case 65...130: return .senior
        default: return .unknown
        }
    }

    /// VR AS: three digits and D, W, M or Y (PS3.5 6.2).
    private static func stated(_ header: DataSet) -> Int? {
        guard let text = header.text(.patientAge), text.utf8.count == 4, let number = Int(text.dropLast()) else {
            return nil
        }
        switch text.last {
        case "Y": return number
        case "M": return number / 12
        case "W": return number / 52
        case "D": return number / 365
        default: return nil
        }
    }

    private static func computed(_ header: DataSet) -> Int? {
        guard let birth = date(header, .patientBirthDate) else { return nil }
        let acquisitionDate = Tag(0x0008, 0x0022)
        for tag in [Tag.studyDate, acquisitionDate, .contentDate, .seriesDate] {
            guard let day = date(header, tag) else { continue }
            let hadBirthday = (day.month, day.day) >= (birth.month, birth.day)
            return day.year - birth.year - (hadBirthday ? 0 : 1)
        }
        return nil
    }

    private static func date(_ header: DataSet, _ tag: Tag) -> (year: Int, month: Int, day: Int)? {
        guard let digits = header.text(tag)?.filter({ $0 != "." }), digits.utf8.count == 8, let number = Int(digits)
        else {
            return nil
        }
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100)
        return (1850...2200).contains(year) && (1...12).contains(month) && (1...31).contains(day)
            ? (year, month, day) : nil
    }
}
