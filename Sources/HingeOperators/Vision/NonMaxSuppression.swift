import HingeGraph

/// The boxes with the highest scores, without those that lie over one already chosen: `int64[n, 3]`, each the index of an
/// image, a class and a box.
///
/// Inputs: the boxes, `float32[N, B, 4]`, their scores, `float32[N, K, B]`, and, optional, each one number: the most boxes of each
/// class (`int64`; 0 without it), the overlap beyond which boxes exclude each other (0 without it), and the score that boxes
/// must exceed. N is the batch, B the number of boxes, K that of classes. Boxes are chosen image by image, class by class, in the order
/// of their scores; of equal scores, the one with the lower index comes first, and NaN comes last. The overlap of two
/// boxes is the area that they share, divided by the one that they cover; a box with a NaN overlaps none.
///
/// Source: ONNX NonMaxSuppression 10, 11; `torchvision.ops.nms`.
public struct NonMaxSuppression: Operator {
    /// Whether a box is its center, width and height, `[x, y, w, h]`; otherwise it is two of its corners,
    /// `[y1, x1, y2, x2]`.
    public var hasCenters: Bool

    /// Creates the operator.
    public init(hasCenters: Bool = false) {
        self.hasCenters = hasCenters
    }
}

public extension NonMaxSuppression {
    static let type = "NonMaxSuppression"

    init(_ node: NodeReader) throws {
        let format = try node.int("center_point_box", default: 0)
        guard (0...1).contains(format) else {
            throw node.error("center_point_box", "expected 0 or 1, found \(format)")
        }
        hasCenters = format == 1
    }

    func spell(_ speller: inout Speller) {
        speller.emit(Self.type, [.int("center_point_box", hasCenters ? 1 : 0)])
    }

    func infer(_ context: InferenceContext) throws -> [Inferred] {
        if let boxes = context.shape(0) {
            try context.require(
                boxes.rank == 3 && boxes[2].extent ?? 4 == 4,
                "expected boxes of shape [N, B, 4], found \(boxes)")
        }
        if let scores = context.shape(1) {
            try context.require(
                scores.rank == 3, "expected scores of shape [N, K, B], found \(scores)")
        }
        return [.tensor(.int64, [.unknown, 3])]
    }

    func inputNeeds(
        _ context: InferenceContext, _ outputs: [ElementNeeds?]
    ) -> [Int: ElementNeeds] {
        [
            0: .within(0, 1), 1: .within(0, 1), 2: .count(upTo: context.extent(0, 1)),
            3: .within(0.2, 0.8), 4: .within(0, 0.3),
        ]
    }

    func evaluate(_ context: inout EvaluationContext) throws {
        let (boxes, scores) = (try context.input(0), try context.input(1))
        guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4,
            boxes.shape[0] == scores.shape[0], boxes.shape[1] == scores.shape[2]
        else {
            throw HingeError(
                .mismatch,
                "expected boxes [N, B, 4] and scores [N, K, B], found \(boxes.shape) and \(scores.shape)"
            )
        }
        let most = try context.optionalInput(2).map { try $0.integer() } ?? 0
        let overlap = try context.threshold(3) ?? 0
        guard (0...1).contains(overlap) else {
            throw HingeError(.mismatch, "expected an overlap from 0 to 1, found \(overlap)")
        }
        let corners = try boxes.array(of: Float.self).corners(areCenters: hasCenters)
        let selection = BoxSelection(
            most: max(most, 0), overlap: overlap, threshold: try context.threshold(4),
            boxCount: boxes.shape[1])
        let classes = scores.shape[1]
        var chosen = try [[Int]](bounded: [], count: boxes.shape[0] * classes)
        try scores.withUnsafeElements(of: Float.self) { scores in
            chosen.withUnsafeMutableBufferPointer { chosen in
                let count = selection.boxCount
                parallelFor(chosen.count, cost: 64 * count) { range in
                    for index in range {
                        let start = index / classes * count
                        chosen[index] = selection.choose(
                            corners[start..<start + count],
                            UnsafeBufferPointer(
                                rebasing: scores[index * count..<(index + 1) * count]))
                    }
                }
            }
        }
        let total = chosen.reduce(0) { $0 + $1.count }
        let result = try context.output(0, .int64, [total, 3]).elements(of: Int64.self)
        var place = 0
        for (index, indices) in chosen.enumerated() {
            for box in indices {
                result[place] = Int64(index / classes)
                result[place + 1] = Int64(index % classes)
                result[place + 2] = Int64(box)
                place += 3
            }
        }
    }
}

extension EvaluationContext {
    /// The one number that the input at `index` is, if there is one.
    fileprivate func threshold(_ index: Int) throws -> Float? {
        guard let tensor = try optionalInput(index) else { return nil }
        guard tensor.count == 1, tensor.dataType == .float32 else {
            throw HingeError(
                .mismatch,
                "expected one number as input \(index), found \(tensor.dataType)\(tensor.shape)")
        }
        return try tensor.floats()[0]
    }
}

/// A box by its lower and upper corner.
private struct Box {
    var low: SIMD2<Float>
    var high: SIMD2<Float>
    var area: Float

    init(low: SIMD2<Float>, high: SIMD2<Float>) {
        self.low = low
        self.high = high
        area = (high.x - low.x) * (high.y - low.y)
    }

    /// Whether all corners are numbers that arithmetic can be done with.
    var isFinite: Bool {
        low.x.isFinite && low.y.isFinite && high.x.isFinite && high.y.isFinite
    }

    /// Whether the area shared with another box is more than a part of that covered; never so for boxes without an area.
    func overlaps(_ other: Box, by part: Float) -> Bool {
        let sides = pointwiseMin(high, other.high) - pointwiseMax(low, other.low)
        let shared = sides.x * sides.y
        guard sides.x > 0, sides.y > 0, shared > 0, area > 0, other.area > 0 else { return false }
        return shared / (area + other.area - shared) > part
    }
}

extension [Float] {
    /// The boxes that each four numbers are.
    fileprivate func corners(areCenters: Bool) throws -> [Box] {
        try MemoryLimit.checkArray(of: Box.self, count: count / 4)
        return (0..<count / 4).map { index in
            let first = SIMD2(self[4 * index], self[4 * index + 1])
            let second = SIMD2(self[4 * index + 2], self[4 * index + 3])
            guard areCenters else {
                // In whatever order; a NaN stays one.
                let isOrdered = first .<= second
                return Box(
                    low: second.replacing(with: first, where: isOrdered),
                    high: first.replacing(with: second, where: isOrdered))
            }
            return Box(low: first - second / 2, high: first + second / 2)
        }
    }
}

/// The choice among the boxes of an image for one class.
private struct BoxSelection {
    let most: Int
    let overlap: Float
    let threshold: Float?
    let boxCount: Int

    /// The indices of the boxes that are chosen, in the order of their scores.
    func choose(_ boxes: ArraySlice<Box>, _ scores: UnsafeBufferPointer<Float>) -> [Int] {
        guard most > 0 else { return [] }
        var order = Array(scores.indices)
        if let threshold { order.removeAll { !(scores[$0] > threshold) } }
        order.sort { left, right in
            let (a, b) = (scores[left], scores[right])
            if a == b || a.isNaN && b.isNaN { return left < right }
            return a > b || b.isNaN
        }
        var chosen: [Int] = []
        var places = BoxPlaces(order.map { boxes[boxes.startIndex + $0] })
        for index in order {
            let box = boxes[boxes.startIndex + index]
            if places.contains(box, overlap) { continue }
            chosen.append(index)
            if chosen.count == most { break }
            places.add(box)
        }
        return chosen
    }
}

/// Boxes that are found by where they are along one axis, so that a box is compared only with those near it.
///
/// Detectors that move the boxes of each class to a place of their own have many, and nearly all far apart.
private struct BoxPlaces {
    /// The axis along which the boxes are the most spread.
    private let axis: Int
    private let start: Float
    /// The number of bins for a unit of length.
    private let scale: Float
    /// The boxes that reach into each bin, if they are in no more than ``reach``.
    private var bins: [[Box]]
    /// The other boxes.
    private var wide: [Box] = []
    /// All boxes.
    private var all: [Box] = []

    private static let mostBins = 4096
    private static let reach = 16

    /// - Parameter candidates: The boxes that may be added.
    init(_ candidates: [Box]) {
        var (low, high) = (SIMD2<Float>(repeating: .infinity), SIMD2<Float>(repeating: -.infinity))
        var lengths = SIMD2<Float>.zero
        var count: Float = 0
        for box in candidates where box.isFinite {
            low = pointwiseMin(low, box.low)
            high = pointwiseMax(high, box.high)
            lengths += box.high - box.low
            count += 1
        }
        // How many boxes of the mean length stand beside each other.
        let ratio = (high - low) / (lengths / count)
        axis = ratio.y > ratio.x ? 1 : 0
        let number = ratio[axis]
        start = low[axis]
        let binCount =
            number.isFinite && number >= 1 ? Int(min(2 * number, Float(Self.mostBins))) : 1
        let scale = Float(binCount) / (high[axis] - start)
        self.scale = scale.isFinite ? scale : 0
        bins = [[Box]](repeating: [], count: binCount)
    }

    /// The bins that a box reaches into; `nil` where they are too many, or nothing is known of them.
    private func range(_ box: Box) -> ClosedRange<Int>? {
        guard box.isFinite else { return nil }
        // Rounding keeps the order: boxes that overlap have a bin in common.
        func bin(_ place: Float) -> Int {
            let number = (place - start) * scale
            return number > 0 ? Int(min(number, Float(bins.count - 1))) : 0
        }
        let (first, last) = (bin(box.low[axis]), bin(box.high[axis]))
        return first <= last && last - first < Self.reach ? first...last : nil
    }

    mutating func add(_ box: Box) {
        all.append(box)
        guard let range = range(box) else { return wide.append(box) }
        for bin in range { bins[bin].append(box) }
    }

    /// Whether a box overlaps one of those added by more than a part.
    func contains(_ box: Box, _ part: Float) -> Bool {
        guard let range = range(box) else { return BoxPlaces.contains(all, box, part) }
        return BoxPlaces.contains(wide, box, part)
            || range.contains { BoxPlaces.contains(bins[$0], box, part) }
    }

    private static func contains(_ boxes: [Box], _ box: Box, _ part: Float) -> Bool {
        boxes.withUnsafeBufferPointer { $0.contains { box.overlaps($0, by: part) } }
    }
}

extension NonMaxSuppression: UndifferentiatedOperator {
    /// Its outputs are indices.
    public static var derivativeAbsence: DerivativeAbsence { .zero("its outputs are indices") }
}
