import HingeGraph

/// Fourier transforms of many lines of one length, in double precision: of the elements of one tensor into those of another.
struct FourierLines: Sendable {
    /// What the elements of a line are, before and after.
    enum Form: Sendable {
        /// From real or complex numbers, as the input has them, to the first ones of the spectrum.
        case forward
        /// From a whole spectrum to complex numbers.
        case inverse
        /// From the first half of the spectrum of real numbers to these.
        case inverseOfHalf
    }

    /// Where the elements of lines lie in a tensor: lines in rows, one or two numbers for each element.
    struct Place: Sendable {
        /// The distance of rows, of the lines in a row, and of the elements of a line.
        var row: Int
        var line: Int
        var element: Int
        /// The number of elements.
        var count: Int
        /// Whether elements are complex numbers; otherwise they are real.
        var isComplex: Bool
    }

    private let transform: FourierTransform
    /// For real numbers: that of half the length, and the roots of the whole.
    private let half: (transform: FourierTransform, roots: [ComplexFactor])?
    private let form: Form
    private let source: Place
    private let target: Place
    private let rows: Int
    private let linesPerRow: Int

    /// The longest line for which several are done at the same time.
    private static let jointLimit = 1 << 15

    /// Works out the transforms.
    ///
    /// - Parameters:
    ///   - count: The length of the transform, at least 1; what the lines don't have is 0.
    ///   - form: What is transformed to what.
    ///   - rows: The number of rows of lines.
    ///   - linesPerRow: The number of lines in each.
    ///   - source: Where the lines lie.
    ///   - target: Where the results go.
    /// - Throws: ``HingeError`` with the code `limit` when there is no room.
    init(
        count: Int, _ form: Form, rows: Int, linesPerRow: Int, from source: Place, to target: Place
    ) throws {
        self.form = form
        self.source = source
        self.target = target
        self.rows = rows
        self.linesPerRow = linesPerRow
        if form == .forward, !source.isComplex, count % 2 == 0 {
            try MemoryLimit.checkArray(of: ComplexFactor.self, count: count)
            transform = try FourierTransform(count: count / 2)
            half = (transform, (0...count / 2).map { ComplexFactor(turns: $0, of: count) })
        } else {
            transform = try FourierTransform(count: count)
            half = nil
        }
    }

    /// The number of elements of a line as they are transformed.
    private var length: Int { half.map { 2 * $0.transform.count } ?? transform.count }

    /// Transforms all lines.
    ///
    /// - Parameters:
    ///   - x: The elements of the source.
    ///   - window: A number that each element of a line is multiplied by.
    ///   - y: The elements of the target.
    /// - Throws: ``HingeError`` with the code `limit` when there is no room.
    func run<T: RealElement>(
        _ x: UnsafePointer<T>, window: [Double]?, _ y: UnsafeMutablePointer<T>
    ) throws {
        if rows * linesPerRow > 1, length <= FourierLines.jointLimit {
            try run(x, window, y, SIMD4<Double>.self)
        } else {
            try run(x, window, y, Double.self)
        }
    }

    private func run<T: RealElement, Lane: FourierLane>(
        _ x: UnsafePointer<T>, _ window: [Double]?, _ y: UnsafeMutablePointer<T>,
        _ lane: Lane.Type
    ) throws {
        let lines = rows * linesPerRow
        let groups = (lines + Lane.width - 1) / Lane.width
        let room = 2 * transform.count + transform.scratchCount
        try MemoryLimit.checkArray(of: Lane.self, count: room)
        parallelFor(groups, cost: Extent.product(of: [transform.cost, Lane.width])) { groups in
            withTemporaryMemory(of: Lane.self, capacity: room) { memory in
                guard let base = memory.baseAddress else { return }
                let line = SplitComplex(real: base, imaginary: base + transform.count)
                let scratch = base + 2 * transform.count
                for group in groups {
                    let first = group * Lane.width
                    let members = first..<min(first + Lane.width, lines)
                    load(members, x, window, line)
                    switch form {
                    case .forward: transform.run(line, scratch)
                    case .inverse, .inverseOfHalf: transform.run(line.exchanged, scratch)
                    }
                    if half != nil { finishReal(line, members, y) } else { store(line, members, y) }
                }
            }
        }
    }

    private func start(_ line: Int, _ place: Place) -> Int {
        let (row, index) = line.quotientAndRemainder(dividingBy: linesPerRow)
        return row * place.row + index * place.line
    }

    /// Reads lines; what they don't have, and lines that there aren't, are 0.
    @inline(__always)
    private func load<T: RealElement, Lane: FourierLane>(
        _ members: Range<Int>, _ x: UnsafePointer<T>, _ window: [Double]?,
        _ line: SplitComplex<Lane>
    ) {
        let count = transform.count
        line.real.update(repeating: Lane.zero, count: count)
        line.imaginary.update(repeating: Lane.zero, count: count)
        let given = min(source.count, form == .inverseOfHalf ? count / 2 + 1 : length)
        for (member, number) in members.enumerated() {
            let x = x + start(number, source)
            func value(_ index: Int, _ part: Int) -> Double {
                let value = Double(x[index * source.element + part])
                return window.map { value * $0[index] } ?? value
            }
            for index in 0..<given {
                if half != nil {
                    let part = index % 2 == 0 ? line.real : line.imaginary
                    part[index / 2][member] = value(index, 0)
                } else {
                    line.real[index][member] = value(index, 0)
                    if source.isComplex { line.imaginary[index][member] = value(index, 1) }
                }
            }
        }
        guard form == .inverseOfHalf else { return }
        for index in 1..<max(1, (count + 1) / 2) { line[count - index] = line[index].conjugate }
    }

    /// Writes results.
    @inline(__always)
    private func store<T: RealElement, Lane: FourierLane>(
        _ line: SplitComplex<Lane>, _ members: Range<Int>, _ y: UnsafeMutablePointer<T>
    ) {
        let scale = form == .forward ? 1 : 1 / Double(transform.count)
        for (member, number) in members.enumerated() {
            let y = y + start(number, target)
            for index in 0..<target.count {
                y[index * target.element] = T(line.real[index][member] * scale)
                guard target.isComplex else { continue }
                y[index * target.element + 1] = T(line.imaginary[index][member] * scale)
            }
        }
    }

    /// Writes the spectra of real numbers, of which a transform of half the length has those with even places as real parts and
    /// those with odd places as imaginary parts.
    @inline(__always)
    private func finishReal<T: RealElement, Lane: FourierLane>(
        _ line: SplitComplex<Lane>, _ members: Range<Int>, _ y: UnsafeMutablePointer<T>
    ) {
        guard let half else { return }
        let count = half.transform.count
        for index in 0..<min(target.count, count + 1) {
            let a = line[index == count ? 0 : index]
            let b = line[index == 0 ? 0 : count - index].conjugate
            let value = (a + b + ((a - b) * half.roots[index]).turnedBack) * 0.5
            for (member, number) in members.enumerated() {
                let y = y + start(number, target)
                let (real, imaginary) = (T(value.real[member]), T(value.imaginary[member]))
                y[index * target.element] = real
                y[index * target.element + 1] = imaginary
                let mirrored = 2 * count - index
                guard index > 0, index < count, mirrored < target.count else { continue }
                y[mirrored * target.element] = real
                y[mirrored * target.element + 1] = -imaginary
            }
        }
    }
}
