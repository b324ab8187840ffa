extension ConfigurationTopic {
    /// How a model in use is watched.
    static let models = ConfigurationTopic([
        .flag(
            "drift.watch", \.drift.isWatched, .restart,
            "Whether it is watched if the images of each source are still as they were; see `cxrgate model drift`."),
        .whole(
            "drift.window", \.drift.policy.window, 200...10_000, unit: "images", .restart,
            "The longest window of images of one source that is compared; its half and quarter are compared too."),
        .whole(
            "drift.reference_images", \.drift.referenceImages, 200...100_000, unit: "images", .restart,
            "The first so many images of a source become its reference."),
        .number(
            "drift.false_alarms_per_quarter", \.drift.policy.falseAlarmsPerQuarter, 0.0001...1, .restart,
            "The chance of any alarm of one source without cause in a quarter of 6000 images."),
        .choice(
            "drift.stop", \.drift.stop, .restart,
            """
            What a critical finding does: never (alarms only), critical (the model is paused: its images are answered by "AI \
            not performed" until `cxrgate model resume`). Reception goes on in any case.
            """),
        .whole(
            "performance_log.max_file_size_mb", \.performanceLog.fileMegabytes, 1...10_000, unit: "MB", .restart,
            """
            The performance log has one line for each image that a model was asked about; no patient is named. At this size \
            a new file is begun.
            """
        ).formerly("max_log_file_size_mb"),
        .whole(
            "performance_log.max_files_per_model", \.performanceLog.files, 1...10_000, unit: "files", .restart,
            "Of each version of a model so many files are kept."
        ).formerly("max_log_files_per_model"),
        .number(
            "performance_log.retention_days", \.performanceLog.days, 1...36_500, unit: "days", .restart,
            "No file is kept whose last record is older."
        ).formerly("log_retention_days"),
    ])
}
