import HingeGraph

/// A transform of any length as a convolution: `jk = (j² + k² − (k − j)²) / 2`.
final class FourierChirp: Sendable {
    private let count: Int
    /// A transform of at least twice the length.
    let transform: FourierTransform
    /// `e^(−πi·j²/n)`.
    private let roots: [ComplexFactor]
    /// The transform of the conjugate roots, laid around 0, over its length.
    private let filter: [ComplexFactor]

    init(count: Int) throws {
        self.count = count
        let length = FourierTransform.roomy(2 * count - 1)
        let transform = try FourierTransform(count: length)
        self.transform = transform
        try MemoryLimit.checkArray(of: ComplexFactor.self, count: 8 * length)
        var square = 0
        var roots: [ComplexFactor] = []
        roots.reserveCapacity(count)
        for index in 0..<count {
            roots.append(ComplexFactor(turns: square, of: 2 * count))
            square = (square + 2 * index + 1) % (2 * count)
        }
        self.roots = roots
        var parts = [Double](repeating: 0, count: 2 * length + transform.scratchCount)
        filter = parts.withUnsafeMutableBufferPointer { parts in
            guard let base = parts.baseAddress else { return [] }
            let x = SplitComplex(real: base, imaginary: base + length)
            for (index, root) in roots.enumerated() {
                let place = index == 0 ? 0 : length - index
                x[index] = ComplexLane(root.real, -root.imaginary)
                x[place] = ComplexLane(root.real, -root.imaginary)
            }
            transform.run(x, base + 2 * length)
            return (0..<length).map { index in
                ComplexFactor(
                    real: x.real[index] / Double(length),
                    imaginary: x.imaginary[index] / Double(length))
            }
        }
    }

    func run<Lane: FourierLane>(_ x: SplitComplex<Lane>, _ scratch: UnsafeMutablePointer<Lane>) {
        let length = transform.count
        let line = SplitComplex(real: scratch, imaginary: scratch + length)
        for index in 0..<count { line[index] = x[index] * roots[index] }
        for index in count..<length { line[index] = ComplexLane(Lane.zero, Lane.zero) }
        transform.run(line, scratch + 2 * length)
        for index in 0..<length { line[index] = line[index] * filter[index] }
        transform.run(line.exchanged, scratch + 2 * length)
        for index in 0..<count { x[index] = line[index] * roots[index] }
    }
}
