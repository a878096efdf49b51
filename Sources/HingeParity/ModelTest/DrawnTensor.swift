import HingeGraph

/// A recorded tensor among tensors of the same type and shape that were drawn at random.
struct DrawnTensor {
    private let tensor: Tensor
    private let tolerance: ElementTolerance
    /// The elements of the recorded tensor and of each draw after it, strings as numbers.
    private let samples: [[Double]]

    /// Creates a comparison; `nil` when there is nothing to compare.
    init?(_ tensor: Tensor, _ draws: [Tensor], _ tolerance: ElementTolerance) {
        self.tensor = tensor
        self.tolerance = tolerance
        let all = [tensor] + draws
        if tensor.dataType == .string {
            var numbers: [ByteString: Double] = [:]
            samples = all.map { tensor in
                (tensor.strings ?? []).map { text in
                    let number = numbers[text] ?? Double(numbers.count)
                    numbers[text] = number
                    return number
                }
            }
        } else {
            samples = all.compactMap(\.reals)
        }
        guard samples.count == all.count, !draws.isEmpty, !samples[0].isEmpty else { return nil }
    }

    private var count: Int { samples[0].count }

    /// Why the recorded tensor can't be one of the draws; `nil` when it can.
    ///
    /// - Parameter limit: The most standard deviations that a mean may be away from that of the draws.
    func difference(_ part: String, _ limit: Double) -> ValueDifference? {
        var lone = [Int](repeating: 0, count: samples.count)
        var distances = [Double](repeating: 0, count: samples.count)
        var spread = 0
        var first: Int?
        for index in 0..<count {
            let column = samples.map { $0[index] }
            let alone = self.alone(in: column)
            for sample in alone { lone[sample] += 1 }
            if alone.contains(0), first == nil { first = index }
            if add(column, to: &distances) { spread += 1 }
        }
        if let first, lone[0] > lone.dropFirst().max() ?? 0 {
            return ValueDifference(
                part: part, place: tensor.coordinates(of: first),
                expected: text(first), found: "\(values(at: first)) in \(samples.count - 1) draws")
        }
        guard tensor.dataType != .string else { return nil }
        let measures: [(name: String, values: [Double])] = [
            ("mean", samples.map { mean($0) { $0 } }),
            ("mean of squares", samples.map { mean($0) { $0 * $0 } }),
            ("mean of squared deviations", distances.map { $0 / Double(max(spread, 1)) }),
        ]
        for (name, values) in measures {
            let (mean, deviation) = moments(values.dropFirst())
            let rounding = tolerance.absolute + tolerance.relative * abs(mean)
            guard abs(values[0] - mean) > max(limit * deviation, rounding) else { continue }
            return ValueDifference(
                part: part, expected: "a \(name) of \(Float(values[0]))",
                found: "one of \(Float(mean)) ± \(Float(deviation)) in \(samples.count - 1) draws")
        }
        return nil
    }

    /// The samples whose number is equal to that of no other.
    private func alone(in column: [Double]) -> [Int] {
        let order = column.indices.sorted { a, b in
            column[b].isNaN ? !column[a].isNaN : column[a] < column[b]
        }
        let type = tensor.dataType
        return order.indices.filter { place in
            let number = column[order[place]]
            let isLikeBefore =
                place > 0 && tolerance.allows(column[order[place - 1]], number, type)
            let isLikeAfter =
                place + 1 < order.count && tolerance.allows(column[order[place + 1]], number, type)
            return !isLikeBefore && !isLikeAfter
        }.map { order[$0] }
    }

    /// Adds the squared distance of each number from the mean of all, in standard deviations.
    ///
    /// - Returns: Whether the numbers differ by more than rounding.
    private func add(_ column: [Double], to distances: inout [Double]) -> Bool {
        guard column.allSatisfy(\.isFinite), let smallest = column.min(),
            let largest = column.max(),
            !tolerance.allows(smallest, largest, tensor.dataType)
        else { return false }
        let (mean, deviation) = moments(column[...])
        guard deviation > 0 else { return false }
        for sample in column.indices {
            let distance = (column[sample] - mean) / deviation
            distances[sample] += distance * distance
        }
        return true
    }

    private func mean(_ numbers: [Double], _ measure: (Double) -> Double) -> Double {
        var sum = 0.0
        for number in numbers where number.isFinite { sum += measure(number) }
        return sum / Double(numbers.count)
    }

    private func moments(_ numbers: ArraySlice<Double>) -> (mean: Double, deviation: Double) {
        let count = Double(max(numbers.count, 1))
        let mean = numbers.reduce(0, +) / count
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (mean, (squares / count).squareRoot())
    }

    private func text(_ index: Int) -> String {
        if let strings = tensor.strings { return "'\(strings[index])'" }
        return tensor.dataType.text(samples[0][index])
    }

    /// The numbers that draws have in a place, a few of them.
    private func values(at index: Int) -> String {
        guard tensor.dataType != .string else { return "others" }
        let drawn = Set(samples.dropFirst().map { $0[index] }).sorted()
        let shown = drawn.prefix(4).map { tensor.dataType.text($0) }.joined(separator: ", ")
        return drawn.count > 4 ? "\(shown), …" : shown
    }
}
