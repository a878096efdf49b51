import HingeGraph

/// One step of a transform: of `length = factor · rest` elements that are `stride` apart, it makes `factor` transforms of `rest`
/// elements.
struct FourierStage: Sendable {
    private let factor: Int
    private let rest: Int
    private let stride: Int
    /// The roots that turn the results, `factor − 1` for each of `rest`.
    private let twiddles: [ComplexFactor]
    /// The roots of the factor itself.
    private let roots: [ComplexFactor]

    init(factor: Int, length: Int, stride: Int) throws {
        self.factor = factor
        self.stride = stride
        rest = length / factor
        try MemoryLimit.checkArray(of: ComplexFactor.self, count: length)
        var twiddles: [ComplexFactor] = []
        twiddles.reserveCapacity(rest * (factor - 1))
        for place in 0..<rest {
            for output in 1..<factor {
                twiddles.append(ComplexFactor(turns: place * output, of: length))
            }
        }
        self.twiddles = twiddles
        roots = (0..<factor).map { ComplexFactor(turns: $0, of: factor) }
    }

    func run<Lane: FourierLane>(_ x: SplitComplex<Lane>, _ y: SplitComplex<Lane>) {
        twiddles.withUnsafeBufferPointer { twiddles in
            for place in 0..<rest {
                let turns = UnsafeBufferPointer(
                    rebasing: twiddles[place * (factor - 1)..<(place + 1) * (factor - 1)])
                switch factor {
                case 2: pairs(x, y, place, turns)
                case 3: triples(x, y, place, turns)
                case 4: quadruples(x, y, place, turns)
                default: tuples(x, y, place, turns)
                }
            }
        }
    }

    @inline(__always)
    private func pairs<Lane: FourierLane>(
        _ x: SplitComplex<Lane>, _ y: SplitComplex<Lane>, _ place: Int,
        _ turns: UnsafeBufferPointer<ComplexFactor>
    ) {
        let (source, target, step) = (stride * place, 2 * stride * place, stride * rest)
        let turn = turns[0]
        for index in 0..<stride {
            let (a, b) = (x[source + index], x[source + index + step])
            y[target + index] = a + b
            y[target + index + stride] = (a - b) * turn
        }
    }

    @inline(__always)
    private func triples<Lane: FourierLane>(
        _ x: SplitComplex<Lane>, _ y: SplitComplex<Lane>, _ place: Int,
        _ turns: UnsafeBufferPointer<ComplexFactor>
    ) {
        let (source, target, step) = (stride * place, 3 * stride * place, stride * rest)
        let height = 0.75.squareRoot()
        for index in 0..<stride {
            let a = x[source + index]
            let (b, c) = (x[source + index + step], x[source + index + 2 * step])
            let sum = b + c
            let middle = a - sum * 0.5
            let difference = (b - c).turnedBack * height
            y[target + index] = a + sum
            y[target + index + stride] = (middle + difference) * turns[0]
            y[target + index + 2 * stride] = (middle - difference) * turns[1]
        }
    }

    @inline(__always)
    private func quadruples<Lane: FourierLane>(
        _ x: SplitComplex<Lane>, _ y: SplitComplex<Lane>, _ place: Int,
        _ turns: UnsafeBufferPointer<ComplexFactor>
    ) {
        let (source, target, step) = (stride * place, 4 * stride * place, stride * rest)
        let (first, second, third) = (turns[0], turns[1], turns[2])
        for index in 0..<stride {
            let (a, b) = (x[source + index], x[source + index + step])
            let (c, d) = (x[source + index + 2 * step], x[source + index + 3 * step])
            let (even, odd) = (a + c, b + d)
            let (real, turned) = (a - c, (b - d).turnedBack)
            y[target + index] = even + odd
            y[target + index + stride] = (real + turned) * first
            y[target + index + 2 * stride] = (even - odd) * second
            y[target + index + 3 * stride] = (real - turned) * third
        }
    }

    /// For an odd factor: inputs that are as far from the ends share their products.
    private func tuples<Lane: FourierLane>(
        _ x: SplitComplex<Lane>, _ y: SplitComplex<Lane>, _ place: Int,
        _ turns: UnsafeBufferPointer<ComplexFactor>
    ) {
        let (source, target, step) = (stride * place, factor * stride * place, stride * rest)
        let half = factor / 2
        roots.withUnsafeBufferPointer { roots in
            for index in 0..<stride {
                let x = SplitComplex(
                    real: x.real + (source + index), imaginary: x.imaginary + (source + index))
                let y = SplitComplex(
                    real: y.real + (target + index), imaginary: y.imaginary + (target + index))
                let first = x[0]
                var total = first
                for input in 1...half {
                    total = total + (x[input * step] + x[(factor - input) * step])
                }
                y[0] = total
                for output in 1...half {
                    var even = first
                    var odd = ComplexLane(Lane.zero, Lane.zero)
                    var turn = 0
                    for input in 1...half {
                        turn += output
                        if turn >= factor { turn -= factor }
                        let (a, b) = (x[input * step], x[(factor - input) * step])
                        even = even + (a + b) * roots[turn].real
                        odd = odd + (a - b) * -roots[turn].imaginary
                    }
                    let turned = odd.turnedBack
                    y[output * stride] = (even + turned) * turns[output - 1]
                    y[(factor - output) * stride] = (even - turned) * turns[factor - output - 1]
                }
            }
        }
    }
}
