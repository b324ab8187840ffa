/// What lies in the beam at every point of a coarse grid.
struct ChestScene {
    /// Attenuation in centimetres of soft tissue, and how much a point belongs to a lesion, 0…1.
    struct Fields {
        let rows: Int
        let columns: Int
        var attenuation: [Float]
        var lesion: [Float]
    }

    private let rows: Int
    private let columns: Int
    private let anatomy: Anatomy
    private let vessels: VesselTree
    private let bones: BoneShadows
    private let opacities: [any OpacityShape]
    private let devices: DeviceShadows
    private let mottle: Mottle

    init(seed: UInt64, scene: Phantom.Scene, rows: Int, columns: Int) {
        var random = SeededRandom(seed: seed)
        self.rows = rows
        self.columns = columns
        anatomy = Anatomy(&random, view: scene.view)
        vessels = VesselTree(rows: rows, columns: columns, random: &random)
        bones = BoneShadows(anatomy)
        mottle = Mottle(seed: random.next())
        // Last, so that a patient with and without opacity is the same patient.
        opacities = scene.opacities.map { $0.shape(&random) }
        // From a stream of their own, so that they do not move what is ill.
        var deviceRandom = SeededRandom(seed: seed ^ 0xDE71_CE5)
        devices = DeviceShadows(scene.devices, random: &deviceRandom)
    }

    func fields() -> Fields {
        var fields = Fields(
            rows: rows, columns: columns, attenuation: [Float](repeating: 0, count: rows * columns),
            lesion: [Float](repeating: 0, count: rows * columns))
        for row in 0..<rows {
            let v = (Float(row) + 0.5) / Float(rows) * 44
            let y = (v - 22 - anatomy.shiftY) / anatomy.scale + 22
            let line = Line(y: y)
            for column in 0..<columns {
                let u = ((Float(column) + 0.5) / Float(columns) - 0.5) * 40
                let x = (u - anatomy.shiftX) / anatomy.scale + anatomy.lean * (y - 22)
                let index = row * columns + column
                let (attenuation, lesion) = point(x, line, vessel: vessels.thickness[index])
                fields.attenuation[index] = attenuation
                fields.lesion[index] = lesion
            }
        }
        return fields
    }

    /// What is the same along a row.
    private struct Line {
        let y: Float
        let body: Float
        let outer: Float
        let inner: Float

        init(y: Float) {
            self.y = y
            body = Anatomy.bodyHalfWidth[y]
            outer = Anatomy.lungOuter[y]
            inner = Anatomy.lungInner[y]
        }
    }

    private func point(_ x: Float, _ line: Line, vessel: Float) -> (Float, Float) {
        let y = line.y
        let distance = abs(x)
        let side: Float = x < 0 ? -1 : 1
        let across = distance / line.body
        guard across < 1 else { return (0, 0) }
        var tissue = anatomy.depth * (1 - across * across * across * across).squareRoot()
        if y < 8 { tissue *= 0.62 + 0.38 * ramp(y, 1, 8) }
        tissue += 0.5 * mottle(x, y, size: 3.5)
        if anatomy.hasBreasts { tissue += breast(distance, y) }
        var air = lung(distance, side: side, line)
        let (filling, lesion) = air > 2.5 ? ill(x, y) : (0, 0)
        air -= min(air, heart(x, y) + mediastinum(x, y) + (air > 1 ? vessel * 2.7 : 0))
        air *= 1 - 0.8 * filling
        air *= 1 + 0.035 * mottle(x, y, size: 0.35) + 0.03 * mottle(x, y, size: 1.4)
        air += trachea(x, y) + stomach(x, y)
        let shadows = bones.thickness(x, y) + (devices.isEmpty ? 0 : devices.thickness(x, y))
        return (max(tissue - air, 0.5) + shadows, lesion)
    }

    /// What all opacities together fill, and how ill a point is.
    private func ill(_ x: Float, _ y: Float) -> (filling: Float, lesion: Float) {
        // One opacity fills exactly what it says.
        if opacities.count == 1 { return (opacities[0].filling(x, y), opacities[0].lesion(x, y)) }
        var (open, lesion): (Float, Float) = (1, 0)
        for opacity in opacities {
            open *= 1 - opacity.filling(x, y)
            lesion = max(lesion, opacity.lesion(x, y))
        }
        return (1 - open, lesion)
    }

    /// Air of a lung along the beam, as if there were no heart.
    private func lung(_ distance: Float, side: Float, _ line: Line) -> Float {
        guard distance > line.inner, distance < line.outer, line.y > Anatomy.apex else { return 0 }
        let part = (distance - line.inner) / (line.outer - line.inner)
        let bulge = max(4 * part * (1 - part), 0)
        let floor = anatomy.diaphragm(side: side, distance: distance) - line.y
        // Behind the dome some lung goes deeper than the edge that is seen.
        let base = ramp(floor, -0.12, 0.3) * 0.86 + ramp(floor, -3.5, 1) * 0.14
        let top = ramp(line.y, Anatomy.apex, 11)
        return anatomy.depth * (0.42 + 0.25 * top) * bulge.squareRoot().squareRoot() * base * ramp(bulge, 0, 0.16)
            * ramp(distance - line.inner, 0, 1.6) * ramp(line.y, Anatomy.apex, Anatomy.apex + 1.2)
    }

    private func heart(_ x: Float, _ y: Float) -> Float {
        10.5 * max(anatomy.heart.thickness(x, y), 0.9 * anatomy.atrium.thickness(x, y))
    }

    private func mediastinum(_ x: Float, _ y: Float) -> Float {
        let vessels = 5 * anatomy.aorticKnob.thickness(x, y) + 5 * anatomy.pulmonaryTrunk.thickness(x, y)
        // Hila: where the vessels enter.
        let (dx, dy) = ((abs(x) - 3.3) / 1.7, (y - 17.2) / 2.5)
        return vessels + 3.4 * Trigonometry.exponential(-(dx * dx + dy * dy))
    }

    private func trachea(_ x: Float, _ y: Float) -> Float {
        if y < 15.4 {
            let inside = 1 - (x - 0.25) * (x - 0.25) / 0.72
            return inside > 0 ? 1.7 * ramp(inside, 0, 0.7) * ramp(15.6 - y, 0, 1.6) : 0
        }
        // Main bronchi: from the bifurcation to the hila.
        let down = y - 15
        let lateral = abs(x - 0.25) - down * 1.05
        let inside = 1 - lateral * lateral / 0.34
        return inside > 0 && down < 2.6 ? 1.1 * ramp(inside, 0, 0.8) * ramp(2.6 - down, 0, 1.6) : 0
    }

    private func stomach(_ x: Float, _ y: Float) -> Float { 5.5 * anatomy.gastricBubble.thickness(x, y) }

    private func breast(_ distance: Float, _ y: Float) -> Float {
        2.6 * Ellipse(x: 9.2, y: 25.5, radiusX: 7.2, radiusY: 6.4).thickness(distance, y)
    }
}
