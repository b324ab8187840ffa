"""`cxrgate evaluate` against scikit-learn and NumPy on every figure, DeLong against an implementation of its own."""
import csv
import json
import math
import subprocess

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

FIGURES = ("auroc", "averagePrecision", "sensitivity", "specificity", "ppv", "npv", "f1", "accuracy", "brier", "ece")
NORMAL = 1.959963984540054


def evaluate(binary, *options, code=0):
    done = subprocess.run(
        [binary, "evaluate", *map(str, options)], capture_output=True, text=True, timeout=300)
    assert done.returncode == code, f"exit {done.returncode}: {done.stderr}"
    return done


def result(binary, *options):
    text = evaluate(binary, *options, "--json").stdout
    assert "NaN" not in text and "nan" not in text and "inf" not in text.replace("information", "")
    return json.loads(text)["result"]


def write(folder, scores, labels, extra=None, order=None):
    """Writes both tables; the labels in another order than the predictions."""
    predictions, truths = folder / "predictions.csv", folder / "labels.csv"
    names = [f"case {i}, \"x\"" for i in range(len(scores))]
    with open(predictions, "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["filepath", "prediction"])
        table.writerows((name, repr(float(score))) for name, score in zip(names, scores))
    order = np.random.default_rng(9).permutation(len(labels)) if order is None else order
    with open(truths, "w", newline="") as file:
        table = csv.writer(file)
        extra = extra or {}
        table.writerow(["split", "filepath", "label", *extra])
        table.writerows(["a", names[i], labels[i], *(column[i] for column in extra.values())] for i in order)
    return ["--predictions", predictions, "--labels", truths]


def delong(scores, labels):
    """Area and variance from the full table of pairs. Source: DeLong, DeLong, Clarke-Pearson 1988."""
    scores, labels = np.asarray(scores), np.asarray(labels)
    positives, negatives = scores[labels == 1], scores[labels == 0]
    kernel = (positives[:, None] > negatives[None]) + 0.5 * (positives[:, None] == negatives[None])
    variance = kernel.mean(1).var(ddof=1) / len(positives) + kernel.mean(0).var(ddof=1) / len(negatives)
    return kernel.mean(), variance


def wilson(count, total):
    part = count / total
    middle = (part + NORMAL**2 / (2 * total)) / (1 + NORMAL**2 / total)
    reach = NORMAL / (1 + NORMAL**2 / total) * math.sqrt(part * (1 - part) / total + NORMAL**2 / (4 * total**2))
    return middle - reach, middle + reach


def expected_calibration_error(scores, labels, bins=15):
    edges = np.linspace(0, 1, bins + 1)
    index = np.searchsorted(edges[1:-1], scores)
    error = 0
    for bin in range(bins):
        inside = index == bin
        if inside.any():
            error += inside.mean() * abs(scores[inside].mean() - labels[inside].mean())
    return error


def agree(figures, scores, labels, threshold):
    """Every figure of a binary question, and both curves' areas."""
    scores, labels = np.asarray(scores), np.asarray(labels)
    decided = (scores >= threshold).astype(int)
    (tn, fp), (fn, tp) = metrics.confusion_matrix(labels, decided, labels=[0, 1])

    def same(name, expected):
        value = figures[name]["value"]
        if expected is None:
            assert value is None and figures[name]["reason"]
        else:
            assert value == pytest.approx(expected, abs=1e-12, rel=1e-9), name

    both = 0 < labels.sum() < len(labels)
    same("auroc", metrics.roc_auc_score(labels, scores) if both else None)
    same("averagePrecision", metrics.average_precision_score(labels, scores) if labels.any() else None)
    same("sensitivity", metrics.recall_score(labels, decided) if labels.any() else None)
    same("specificity", metrics.recall_score(labels, decided, pos_label=0) if (labels == 0).any() else None)
    same("ppv", metrics.precision_score(labels, decided) if decided.any() else None)
    same("npv", metrics.precision_score(labels, decided, pos_label=0) if (decided == 0).any() else None)
    same("f1", metrics.f1_score(labels, decided) if labels.any() or decided.any() else None)
    same("accuracy", metrics.accuracy_score(labels, decided))
    same("brier", np.mean((scores - labels) ** 2) if not both else metrics.brier_score_loss(labels, scores))
    same("ece", expected_calibration_error(scores, labels))
    assert figures["counts"] == {
        "truePositives": tp, "falsePositives": fp, "trueNegatives": tn, "falseNegatives": fn}
    for name, count, total in (
        ("sensitivity", tp, tp + fn), ("specificity", tn, tn + fp), ("ppv", tp, tp + fp), ("npv", tn, tn + fn),
        ("accuracy", tp + tn, len(labels)),
    ):
        if total:
            low, high = wilson(count, total)
            assert figures[name]["low"] == pytest.approx(max(low, 0), abs=1e-9)
            assert figures[name]["high"] == pytest.approx(min(high, 1), abs=1e-9)
            assert figures[name]["method"] == "Wilson"
    observed, predicted = (
        [bin["observed"]["value"] for bin in figures["reliability"] if bin["cases"]],
        [bin["predicted"] for bin in figures["reliability"] if bin["cases"]])
    if both:
        theirs = calibration_curve(labels, scores, n_bins=15)
        assert observed == pytest.approx(theirs[0], abs=1e-9)
        assert predicted == pytest.approx(theirs[1], abs=1e-9)
        fpr, tpr, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
        vertices = set(zip(fpr.round(9), tpr.round(9)))
        for point in figures["roc"]:
            assert (round(point["x"], 9), round(point["y"], 9)) in vertices
        # What is left out of the drawn curve is too small to see.
        area = np.trapezoid([p["y"] for p in figures["roc"]], [p["x"] for p in figures["roc"]])
        assert area == pytest.approx(figures["auroc"]["value"], abs=1 / 400)


def cases(seed, count, ties=None, share=0.4):
    random = np.random.default_rng(seed)
    labels = (random.random(count) < share).astype(int)
    scores = 1 / (1 + np.exp(-(random.normal(size=count) + 1.6 * labels - 0.7)))
    return (np.round(scores, ties) if ties is not None else scores), labels


@pytest.mark.parametrize("ties", [None, 2, 1])
@pytest.mark.parametrize("threshold", [0, 0.3, 0.5, 1])
def test_binary_figures_agree_with_scikit_learn(binary, tmp_path, ties, threshold):
    scores, labels = cases(3, 700, ties)
    ours = result(binary, *write(tmp_path, scores, labels), "--threshold", threshold, "--replicates", 20)
    assert ours["threshold"] == threshold
    agree(ours["overall"]["binary"], scores, labels, threshold)


def test_delong_agrees_with_the_table_of_all_pairs(binary, tmp_path):
    for seed, ties, count in ((1, None, 400), (2, 1, 300), (3, 2, 60)):
        scores, labels = cases(seed, count, ties)
        figure = result(binary, *write(tmp_path, scores, labels), "--replicates", 20)["overall"]["binary"]["auroc"]
        area, variance = delong(scores, labels)
        assert figure["method"] == "DeLong"
        assert figure["value"] == pytest.approx(area, abs=1e-12)
        assert figure["low"] == pytest.approx(max(0, area - NORMAL * math.sqrt(variance)), abs=1e-9)
        assert figure["high"] == pytest.approx(min(1, area + NORMAL * math.sqrt(variance)), abs=1e-9)


@pytest.mark.parametrize("only", [0, 1])
def test_one_class_alone_leaves_figures_undefined_with_the_reason(binary, tmp_path, only):
    scores, _ = cases(4, 50)
    labels = np.full(50, only)
    ours = result(binary, *write(tmp_path, scores, labels), "--replicates", 20)["overall"]["binary"]
    agree(ours, scores, labels, 0.5)
    assert ours["auroc"] == {
        "value": None, "low": None, "high": None, "method": None,
        "reason": "no case is negative" if only else "no case is positive"}


def test_perfect_separation_has_a_value_and_no_pretended_interval(binary, tmp_path):
    figure = result(binary, *write(tmp_path, [0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1]), "--replicates", 20)
    figure = figure["overall"]["binary"]["auroc"]
    assert figure["value"] == 1 and figure["low"] is None and "overlap" in figure["reason"]


def test_thresholds_follow_their_rules(binary, tmp_path):
    scores, labels = cases(5, 900, 2)
    tables = write(tmp_path, scores, labels)
    fpr, tpr, cuts = metrics.roc_curve(labels, scores, drop_intermediate=False)
    fpr, tpr, cuts = fpr[1:], tpr[1:], cuts[1:]

    def chosen(rule):
        ours = result(binary, *tables, "--rule", rule, "--replicates", 20)
        agree(ours["overall"]["binary"], scores, labels, ours["threshold"])
        return ours["threshold"]

    assert chosen("youden") == pytest.approx(cuts[np.argmax(tpr - fpr)])
    assert chosen("sensitivity>=0.95") == pytest.approx(cuts[tpr >= 0.95].max())
    assert chosen("specificity>=0.9") == pytest.approx(cuts[1 - fpr >= 0.9].min())
    positives, negatives = labels.sum(), (1 - labels).sum()
    tp, fp = tpr * positives, fpr * negatives
    assert chosen("f1") == pytest.approx(cuts[np.argmax(2 * tp / (positives + tp + fp))])
    assert chosen("ppv>=0.8") == pytest.approx(cuts[tp / (tp + fp) >= 0.8].min())
    npv = (negatives - fp) / np.maximum(1, negatives - fp + positives - tp)
    assert chosen("npv>=0.95") == pytest.approx(cuts[npv >= 0.95].max())
    # Above every score no case is positive: the specificity is 1, and the threshold stays a number within 0…1.
    assert 0 <= chosen("specificity>=1") <= 1


@pytest.mark.parametrize("threshold", ["nan", "inf", "-0.1", "1.1", "0x1p9"])
def test_a_threshold_outside_its_range_is_refused(binary, tmp_path, threshold):
    tables = write(tmp_path, [0.1, 0.9], [0, 1])
    assert "EVA-006" in evaluate(binary, *tables, f"--threshold={threshold}", code=65).stderr
    assert evaluate(binary, *tables, "--rule", f"sensitivity>={threshold}", code=65)


def test_a_rule_that_nothing_satisfies_is_refused(binary, tmp_path):
    tables = write(tmp_path, [0.9, 0.8, 0.1], [0, 0, 1])
    assert "EVA-008" in evaluate(binary, *tables, "--rule", "ppv>=0.9", code=65).stderr


def test_a_hundred_thousand_cases_agree_and_the_order_of_rows_changes_nothing(binary, tmp_path):
    scores, labels = cases(6, 100_000, 4)
    first = result(binary, *write(tmp_path, scores, labels), "--replicates", 20)
    agree(first["overall"]["binary"], scores, labels, 0.5)
    again = result(
        binary, *write(tmp_path, scores, labels, order=np.arange(len(labels))), "--replicates", 20)
    first["worstErrors"] = again["worstErrors"] = None
    assert first == again


def test_bootstrap_intervals_are_those_of_a_bootstrap_in_numpy(binary, tmp_path):
    scores, labels = cases(7, 500)
    ours = result(binary, *write(tmp_path, scores, labels), "--replicates", 2000)["overall"]["binary"]
    random = np.random.default_rng(1)
    samples = {name: [] for name in ("averagePrecision", "f1", "brier", "ece")}
    for _ in range(2000):
        pick = random.integers(0, len(scores), len(scores))
        p, y = scores[pick], labels[pick]
        # Without ties average precision is the mean precision at the positives.
        hits = y[np.argsort(-p, kind="stable")]
        samples["averagePrecision"].append((hits.cumsum() / np.arange(1, len(y) + 1))[hits == 1].mean())
        samples["f1"].append(2 * (y * (p >= 0.5)).sum() / (y.sum() + (p >= 0.5).sum()))
        samples["brier"].append(np.mean((p - y) ** 2))
        samples["ece"].append(expected_calibration_error(p, y))
    for name, values in samples.items():
        low, high = np.percentile(values, [2.5, 97.5])
        assert ours[name]["method"] == "bootstrap"
        # Both bounds are themselves samples: they agree to a tenth of the interval's width.
        assert ours[name]["low"] == pytest.approx(low, abs=0.1 * (high - low)), name
        assert ours[name]["high"] == pytest.approx(high, abs=0.1 * (high - low)), name


def test_clusters_widen_every_interval(binary, tmp_path):
    scores, labels = cases(8, 120)
    scores, labels = np.repeat(scores, 8), np.repeat(labels, 8)
    patients = [f"p{i // 8}" for i in range(len(labels))]
    tables = write(tmp_path, scores, labels, {"patient": patients})
    plain = result(binary, *tables)["overall"]["binary"]
    clustered = result(binary, *tables, "--cluster", "patient")["overall"]["binary"]
    for name in FIGURES:
        assert clustered[name]["method"] == "cluster bootstrap"
        assert clustered[name]["value"] == plain[name]["value"]
    for name in ("auroc", "sensitivity", "accuracy", "brier"):
        ratio = (clustered[name]["high"] - clustered[name]["low"]) / (plain[name]["high"] - plain[name]["low"])
        # Eight copies of each case hold the information of one: intervals are sqrt(8) = 2.8 times as wide.
        assert 2.2 < ratio < 3.5, name


def test_replicates_that_all_agree_are_no_interval(binary, tmp_path):
    tables = write(tmp_path, [0.1, 0.2, 0.3, 0.8, 0.9], [0, 0, 0, 1, 1], {"patient": list("abcde")})
    figure = result(binary, *tables, "--cluster", "patient", "--replicates", 50)["overall"]["binary"]["specificity"]
    assert figure["value"] == 1 and figure["low"] is None and "replicate" in figure["reason"]


def multiclass(folder, seed=11, count=600, names=("normal", "bacterial", "viral"), ties=None):
    random = np.random.default_rng(seed)
    labels = random.integers(0, len(names), count)
    logits = random.normal(size=(count, len(names))) + 1.3 * np.eye(len(names))[labels]
    scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    if ties is not None:
        scores = np.round(scores, ties)
    with open(folder / "p.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", *(f"prob_{name}" for name in names)])
        table.writerows([i, *map(repr, map(float, row))] for i, row in enumerate(scores))
    with open(folder / "l.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "class"])
        table.writerows([i, names[label]] for i, label in enumerate(labels))
    return scores, labels, ["--predictions", folder / "p.csv", "--labels", folder / "l.csv"]


@pytest.mark.parametrize("ties", [None, 1])
def test_multiclass_figures_agree_with_scikit_learn(binary, tmp_path, ties):
    scores, labels, tables = multiclass(tmp_path, ties=ties)
    ours = result(binary, *tables, "--replicates", 20)
    assert "threshold" not in ours and ours["classes"] == ["normal", "bacterial", "viral"]
    figures = ours["overall"]["multiclass"]
    decided = scores.argmax(1)
    truth = np.eye(3)[labels]
    expected = {"accuracy": metrics.accuracy_score(labels, decided)}
    for average in ("macro", "weighted"):
        expected[f"{average}AUROC"] = metrics.roc_auc_score(truth, scores, average=average)
        expected[f"{average}AveragePrecision"] = metrics.average_precision_score(truth, scores, average=average)
        expected[f"{average}Sensitivity"] = metrics.recall_score(labels, decided, average=average)
        expected[f"{average}PPV"] = metrics.precision_score(labels, decided, average=average)
        expected[f"{average}F1"] = metrics.f1_score(labels, decided, average=average)
    if ties is None:
        expected["brier"] = metrics.brier_score_loss(labels, scores, scale_by_half=False)
        expected["macroAUROC"] = metrics.roc_auc_score(labels, scores, multi_class="ovr", average="macro")
    expected["ece"] = expected_calibration_error(scores.max(1), (decided == labels).astype(int))
    for name, value in expected.items():
        assert figures[name]["value"] == pytest.approx(value, abs=1e-12, rel=1e-9), name
    assert ours["overall"]["confusion"]["counts"] == metrics.confusion_matrix(labels, decided).tolist()
    assert np.array(ours["overall"]["confusion"]["normalised"]) == pytest.approx(
        metrics.confusion_matrix(labels, decided, normalize="true"))
    for index, item in enumerate(figures["classes"]):
        one = item["figures"]
        assert one["auroc"]["value"] == pytest.approx(metrics.roc_auc_score(truth[:, index], scores[:, index]))
        area, variance = delong(scores[:, index], truth[:, index])
        assert one["auroc"]["high"] == pytest.approx(min(1, area + NORMAL * math.sqrt(variance)), abs=1e-9)
        assert one["sensitivity"]["value"] == pytest.approx(
            metrics.recall_score(labels, decided, average=None)[index])


def test_a_class_without_cases_leaves_macro_figures_undefined_and_says_so(binary, tmp_path):
    _, labels, tables = multiclass(tmp_path, names=("a", "b", "c"))
    text = (tmp_path / "l.csv").read_text().replace(",c\n", ",b\n").replace(",c\r\n", ",b\r\n")
    (tmp_path / "l.csv").write_text(text)
    figures = result(binary, *tables, "--replicates", 20)["overall"]["multiclass"]
    assert figures["macroAUROC"]["value"] is None and figures["macroAUROC"]["reason"]
    assert figures["weightedAUROC"]["value"] is not None


def test_subgroups_are_measured_at_the_threshold_of_all(binary, tmp_path):
    scores, labels = cases(12, 600)
    random = np.random.default_rng(0)
    sex = random.choice(["M", "F", ""], 600)
    age = random.choice(["003Y", "45", "010M", "80", "nonsense"], 600)
    tables = write(tmp_path, scores, labels, {"Sex": sex, "age": age})
    ours = result(binary, *tables, "--by", "sex,age", "--rule", "youden", "--replicates", 20)
    groups = {(item["by"], item["value"]): item for item in ours["subgroups"]}
    assert set(groups) == {
        ("sex", "M"), ("sex", "F"), ("sex", "unknown"), ("age", "1 to 5 years"), ("age", "40 to 64 years"),
        ("age", "below 1 year"), ("age", "65 years and above"), ("age", "unknown")}
    for key, name in (("M", "M"), ("F", "F"), ("", "unknown")):
        agree(groups["sex", name]["binary"], scores[sex == key], labels[sex == key], ours["threshold"])
    agree(groups["age", "1 to 5 years"]["binary"], scores[age == "003Y"], labels[age == "003Y"], ours["threshold"])


def test_rows_without_a_partner_are_counted_and_refused(binary, tmp_path):
    tables = write(tmp_path, [0.1, 0.6, 0.9], [0, 1, 1])
    with open(tmp_path / "predictions.csv", "a") as file:
        file.write("more,0.5\nand more,0.5\n")
    error = evaluate(binary, *tables, code=65).stderr
    assert "EVA-005" in error and "2 predictions have no label and 0 labels no prediction" in error
    with open(tmp_path / "predictions.csv", "a") as file:
        file.write("more,0.5\n")
    assert "EVA-004" in evaluate(binary, *tables, code=65).stderr


@pytest.mark.parametrize("bad", ["nan", "inf", "1.0001", "-0.1", "", "high"])
def test_a_score_that_is_no_probability_refuses_the_table_by_its_row(binary, tmp_path, bad):
    (tmp_path / "p.csv").write_text(f"file,score\na,0.5\nDOE^JOHN,{bad}\n")
    (tmp_path / "l.csv").write_text("file,label\na,1\nDOE^JOHN,0\n")
    error = evaluate(binary, "--predictions", tmp_path / "p.csv", "--labels", tmp_path / "l.csv", code=65).stderr
    assert "EVA-003" in error and "row 3" in error and "DOE" not in error


def test_missing_columns_are_named_without_repeating_what_stands_there(binary, tmp_path):
    (tmp_path / "p.csv").write_text("file,score\na,0.5\n")
    (tmp_path / "l.csv").write_text("file,DOE^JOHN,split\na,1,test\n")
    error = evaluate(binary, "--predictions", tmp_path / "p.csv", "--labels", tmp_path / "l.csv", code=65).stderr
    assert "EVA-002" in error and "file, split" in error and "--label-column" in error and "DOE" not in error


def test_the_report_is_one_file_that_fetches_and_runs_nothing(binary, tmp_path):
    scores, labels = cases(13, 300)
    tables = write(tmp_path, scores, labels, {"sex": ["M", "F"] * 150})
    evaluate(binary, *tables, "--by", "sex", "--replicates", 50, "--out", tmp_path / "out")
    page = (tmp_path / "out/report.html").read_text()
    assert "<script" not in page and "http://" not in page and "https://" not in page and "url(http" not in page
    assert page.count("<svg") > 6 and "case 1" not in page
    table = list(csv.DictReader(open(tmp_path / "out/metrics.csv")))
    assert {row["figure"] for row in table} == set(FIGURES)
    assert {(row["by"], row["value"]) for row in table} == {("", ""), ("sex", "F"), ("sex", "M")}
    found = json.loads((tmp_path / "out/evaluation.json").read_text())
    assert found["format"] == "cxrgate evaluation 1" and "model" not in found
    assert oct((tmp_path / "out/report.html").stat().st_mode & 0o777) == "0o600"
