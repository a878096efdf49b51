import HingeGraph
import HingeOperators

extension LayerContext {
    /// Sums products of two tensors over the axes that the result doesn't have, as an Einstein sum
    /// of two operands.
    ///
    /// Axes are known by labels; axes with one label have one extent. A label of only one operand
    /// that the result doesn't have is summed first.
    ///
    /// - Parameters:
    ///   - a: The first operand.
    ///   - aLabels: The labels of its axes, all different.
    ///   - b: The second operand.
    ///   - bLabels: The labels of its axes, all different.
    ///   - output: The labels of the result's axes, all different, each that of an operand.
    ///   - role: What the result is within the layer.
    /// - Throws: ``HingeError`` when an extent has to be known and isn't.
    func contract(
        _ a: Operand, _ aLabels: [Int], _ b: Operand, _ bLabels: [Int], _ output: [Int],
        as role: String? = nil
    ) throws -> Operand {
        let (a, aLabels) = try summed(a, aLabels) { bLabels.contains($0) || output.contains($0) }
        let (b, bLabels) = try summed(b, bLabels) { aLabels.contains($0) || output.contains($0) }
        let isShared = { (label: Int) in aLabels.contains(label) && bLabels.contains(label) }
        let shared = output.filter(isShared)
        let contracted = aLabels.filter { isShared($0) && !output.contains($0) }
        let aFree = output.filter { aLabels.contains($0) && !bLabels.contains($0) }
        let bFree = output.filter { bLabels.contains($0) && !aLabels.contains($0) }
        if contracted.isEmpty {
            let left = try spread(a, aLabels, output)
            let right = try spread(b, bLabels, output)
            return try append(Mul(), left, right, as: role)
        }
        let sizes = try extents(aLabels, a).merging(extents(bLabels, b)) { first, _ in first }
        var left = try ordered(a, aLabels, shared + aFree + contracted, "left")
        var right = try ordered(b, bLabels, shared + contracted + bFree, "right")
        let keepsFree = shared.isEmpty
        let freeCount = keepsFree ? aFree.count : 1
        if contracted.count > 1 || !keepsFree && aFree.count != 1 {
            left = try merged(
                left, keeping: shared.count + (keepsFree ? aFree.count : 0),
                groups: (keepsFree ? [] : [aFree]) + [contracted], sizes)
        }
        if contracted.count > 1 || bFree.count != 1 {
            right = try merged(right, keeping: shared.count, groups: [contracted, bFree], sizes)
        }
        let needsSplit = aFree.count != freeCount || bFree.count != 1
        let isOrdered = shared + aFree + bFree == output
        let isLast = !needsSplit && isOrdered
        var result = try append(MatMul(), left, right, as: isLast ? role : "product")
        if needsSplit {
            result = try split(
                result, keeping: shared.count + (keepsFree ? aFree.count : 0),
                (keepsFree ? [] : aFree) + bFree, sizes, as: isOrdered ? role : "split")
        }
        return isOrdered
            ? result : try ordered(result, shared + aFree + bFree, output, role)
    }

    private func summed(
        _ x: Operand, _ labels: [Int], _ isKept: (Int) -> Bool
    ) throws -> (Operand, [Int]) {
        let axes = labels.indices.filter { !isKept(labels[$0]) }
        guard !axes.isEmpty else { return (x, labels) }
        let sum = ReduceSum(axes: axes, keepsDimensions: false)
        return (try append(sum, x, as: "summed"), labels.filter(isKept))
    }

    /// The value with axes of size 1 for the labels that it doesn't have.
    private func spread(_ x: Operand, _ labels: [Int], _ output: [Int]) throws -> Operand {
        let x = try ordered(x, labels, output.filter { labels.contains($0) }, "ordered")
        let missing = output.indices.filter { !labels.contains(output[$0]) }
        return missing.isEmpty ? x : try append(Unsqueeze(axes: missing), x, as: "spread")
    }

    private func ordered(
        _ x: Operand, _ labels: [Int], _ order: [Int], _ role: String?
    ) throws -> Operand {
        guard labels != order else { return x }
        let permutation = order.compactMap { labels.firstIndex(of: $0) }
        return try append(Transpose(permutation), x, as: role)
    }

    private func extents(_ labels: [Int], _ x: Operand) throws -> [Int: Shape.Dimension] {
        Dictionary(zip(labels, try shape(x).dimensions)) { first, _ in first }
    }

    /// The value with its axes after the first ones merged, group by group.
    private func merged(
        _ x: Operand, keeping count: Int, groups: [[Int]], _ sizes: [Int: Shape.Dimension]
    ) throws -> Operand {
        var unknown = 0
        let extents = groups.map { group -> Int in
            guard let known = Shape(group.map { sizes[$0] ?? .unknown }).extents else {
                unknown += 1
                return -1
            }
            return Extent.product(of: known)
        }
        try requireOneUnknown(unknown)
        return try append(
            Reshape(shape: [Int](repeating: 0, count: count) + extents), x, as: "merged")
    }

    /// The value with the axes after the first ones taken apart.
    private func split(
        _ x: Operand, keeping count: Int, _ labels: [Int], _ sizes: [Int: Shape.Dimension],
        as role: String?
    ) throws -> Operand {
        let extents = labels.map { sizes[$0]?.extent ?? -1 }
        try requireOneUnknown(extents.count { $0 == -1 })
        return try append(
            Reshape(shape: [Int](repeating: 0, count: count) + extents), x, as: role)
    }

    private func requireOneUnknown(_ count: Int) throws {
        guard count <= 1 else {
            throw HingeError(
                .unsupported, "expected known sizes, found more than one that varies")
        }
    }
}

/// The labels of an Einstein sum with two operands.
struct ContractionLabels {
    /// Those of the first operand.
    var a: [Int]
    /// Those of the second.
    var b: [Int]
    /// Those of the result.
    var output: [Int]

    /// Reads an equation such as `abc,cd->abd`.
    ///
    /// `...` stands for as many axes as the first operand has besides those that are named.
    ///
    /// - Throws: ``HingeError`` when it isn't an equation for two operands of the given ranks.
    init(_ equation: String, aRank: Int, bRank: Int) throws {
        let text = equation.filter { $0 != " " }
        let sides = text.components(at: "->")
        let operands = sides.first?.components(at: ",") ?? []
        guard sides.count == 2, operands.count == 2 else {
            throw HingeError(
                .unsupported, "expected an equation like 'ab,bc->ac', found '\(equation)'")
        }
        func labels(_ text: String, _ rank: Int?) throws -> [Int] {
            let parts = text.components(at: "...")
            let named = parts.map { $0.unicodeScalars.map { Int($0.value) } }
            guard parts.count > 1 else { return named[0] }
            let extra = (rank ?? aRank) - named.reduce(0) { $0 + $1.count }
            guard parts.count == 2, extra >= 0 else {
                throw HingeError(.badData, "the equation '\(equation)' doesn't fit its operands")
            }
            return named[0] + (0..<extra).map { -1 - (extra - $0) } + named[1]
        }
        a = try labels(operands[0], aRank)
        b = try labels(operands[1], bRank)
        let ellipsis = a.filter { $0 < 0 }
        let parts = sides[1].components(at: "...")
        let named = parts.map { $0.unicodeScalars.map { Int($0.value) } }
        output = parts.count == 2 ? named[0] + ellipsis + named[1] : named[0]
        for list in [a, b, output] where Set(list).count != list.count {
            throw HingeError(
                .unsupported, "a letter that occurs twice in '\(equation)' is not supported")
        }
        guard parts.count <= 2, a.count == aRank, b.count == bRank,
            output.allSatisfy({ a.contains($0) || b.contains($0) })
        else {
            throw HingeError(.badData, "the equation '\(equation)' doesn't fit its operands")
        }
    }
}

extension String {
    /// The parts between the occurrences of a separator.
    func components(at separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
