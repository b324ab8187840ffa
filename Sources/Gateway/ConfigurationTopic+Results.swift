import Deidentification

// Studies, what is made of them, and what is taken out of them.

extension ConfigurationTopic {
    static let study = ConfigurationTopic([
        .number(
            "study.quiet_seconds", \.quietSeconds, 0...120, unit: "seconds", .live,
            "The report of a study is made when no image has arrived for this long …"),
        .number(
            "study.cap_seconds", \.quietCapSeconds, 0...3_600, unit: "seconds", .live,
            "… and at the latest this long after its first image."),
    ])

    static let results = ConfigurationTopic([
        .choice(
            "results.heatmap", \.heatmap, .live,
            "Heat map as a secondary capture: positive (finding present or undetermined), always, never."),
        .choice(
            "results.layout", \.heatmapLayout, .live,
            """
            The heat map over the radiograph (overlay; same rows and columns as the source), or the radiograph on the left \
            and the overlay on the right (side_by_side).
            """),
        .choices(
            "results.objects", \.optionalObjects, .live,
            """
            Further objects: presentation_state (a Grayscale Softcopy Presentation State with the regions on the source \
            image, for each image that has regions and a heat map), key_objects (a Key Object Selection of the images in \
            which a finding is present or undetermined).
            """),
        .text(
            "results.not_performed_opt_out", \.notPerformedOptOut, as: .decision, .live,
            """
            An image without a finding (not eligible, held, rejected, failed) is answered by a report that says so and \
            why, so that silence is never read as normal. A site that does not want these reports says here who decided \
            it, and when. Empty: they are sent.
            """
        ).example("''"),
    ])

    static let eligibility = ConfigurationTopic([
        .choice(
            "eligibility.population", \.population, .live,
            "Patients outside the model's population: mark (analysed, and the report says so first) or refuse."),
        .choice(
            "eligibility.image", \.imagePolicy, .live,
            """
            Images that look inverted, turned or mirrored, or unlike anything that the model was made for: refuse (answered by \
            "AI not performed"), or mark (analysed, and the report says so first).
            """),
    ])

    /// Words that every line of text in an image is compared with.
    private static let markerWordLimit = 200

    static let deidentification = ConfigurationTopic(
        rules: [
            { configuration in
                configuration.pixels.markerWords.count <= markerWordLimit
                    ? nil : ("deidentification.pixels.marker_words", "not more than \(markerWordLimit) words")
            }
        ],
        [
            .text(
                "deidentification.profile", \.profileName, .restart,
                """
                What is taken out of every header: basic (PS3.15 Annex E, Basic Profile), or the name of a file \
                profiles/NAME.yaml beside this one, or its path. Examples stand in Config/profiles. Anything weaker than basic \
                is said in `cxrgate check`, in the journal, and in the object's De-identification Method.
                """
            ).guarded,
            .whole(
                "deidentification.date_shift_days", \.dateShiftDays, 1...DateShift.longestDays, unit: "days", .restart,
                "Under the option modified-dates all dates of a patient move by 1 to this many days."),
            .choice(
                "deidentification.pixels.text", \.pixels.text, .restart,
                """
                Lines of text burned into an image (names, numbers, dates; not markers of side and position): hold (a person \
                decides, see `cxrgate quarantine`), mask (covered; held if text is still found then), refuse.
                """),
            .choice(
                "deidentification.pixels.burned_in_annotation", \.pixels.annotation, .restart,
                """
                Images whose Burned In Annotation (0028,0301) says YES: hold, mask (held if there was nothing to cover), \
                refuse. NO is not believed, and an absent attribute says nothing: such images are searched like any other.
                """),
            .choice(
                "deidentification.pixels.residue", \.pixels.residue, .restart,
                """
                Comments and application segments of compressed streams, bytes behind the image, bits outside the stored ones: \
                strip (taken out; no pixel changes) or hold.
                """),
            .list(
                "deidentification.pixels.marker_words", \.pixels.markerWords, as: .markerWord, .restart,
                """
                Words of position in the site's language that are markers and no text, 200 at most. English ones (SUPINE, \
                ERECT, PORTABLE, …) are known.
                """),
            .file(
                "deidentification.pixels.masks", \.masksFile, .restart,
                "File with regions to cover by device and matrix; see Config/masks.tsv for its form."
            ).example("/etc/cxrgate/masks.tsv"),
        ])
}
