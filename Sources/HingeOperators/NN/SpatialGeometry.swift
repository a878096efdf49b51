import HingeGraph

/// A window with every number resolved for an input of known extents.
///
/// Each list has one number for each spatial dimension.
public struct SpatialGeometry: Sendable, Hashable {
    /// The extents of the input.
    public internal(set) var input: [Int]
    /// The extents of the window.
    public internal(set) var kernel: [Int]
    /// The distance between neighbouring windows.
    public internal(set) var strides: [Int]
    /// The distance between neighbouring elements of a window.
    public internal(set) var dilations: [Int]
    /// The elements of padding before each dimension.
    public internal(set) var padsBegin: [Int]
    /// The elements of padding after each dimension.
    public internal(set) var padsEnd: [Int]
    /// The extents of the output.
    public internal(set) var output: [Int]
}

/// One spatial dimension of a window.
struct SpatialAxis {
    /// How the dimension is padded.
    enum Pads: Hashable {
        case explicit(Int, Int)
        case sameUpper
        case sameLower
    }

    /// The extent of the window; `nil` where only the weights know it.
    var kernel: Int?
    var stride: Int
    var dilation: Int
    var pads: Pads
    var roundsUp: Bool

    /// The largest extent of a window, stride, dilation or padding: sums and products of two fit an `Int`.
    static let limit = 1 << 30
    /// The largest extent of an input or output.
    static let extentLimit = 1 << 48

    /// The distance from the first to one past the last element of a window of the given extent.
    func reach(_ kernel: Int) -> Int { (kernel - 1) * dilation + 1 }

    /// Splits padding between the two ends.
    static func split(_ total: Int, toEnd: Bool) -> (begin: Int, end: Int) {
        let half = total / 2
        return toEnd ? (half, total - half) : (total - half, half)
    }

    /// - Throws: ``HingeError`` when the window doesn't fit.
    func resolve(_ input: Int, kernel: Int) throws -> (begin: Int, end: Int, output: Int) {
        guard (0...SpatialAxis.extentLimit).contains(input) else {
            throw HingeError(.limit, "an input extent of \(input) is out of range")
        }
        let reach = reach(kernel)
        guard case .explicit(let begin, let end) = pads else {
            let output = input == 0 ? 0 : (input - 1) / stride + 1
            let total = max(0, (output - 1) * stride + reach - input)
            let pads = SpatialAxis.split(total, toEnd: pads == .sameUpper)
            return (pads.begin, pads.end, output)
        }
        let room = input + begin + end - reach
        guard room >= 0 else {
            throw HingeError(
                .mismatch,
                "a window that reaches over \(reach) elements does not fit in \(input + begin + end)"
            )
        }
        var output = room / stride + 1
        if roundsUp, room % stride != 0, output * stride < input + begin { output += 1 }
        return (begin, end, output)
    }

    /// The output's dimension for an input's dimension that may be unknown.
    func resolve(_ input: Shape.Dimension, kernel: Int?) throws -> Shape.Dimension {
        guard case .explicit(let begin, let end) = pads else {
            guard let extent = input.extent else { return input.quotientRoundedUp(by: stride) }
            return .known(try resolve(extent, kernel: kernel ?? 1).output)
        }
        guard let kernel else { return .unknown }
        guard let extent = input.extent else {
            if roundsUp, stride > 1 { return .unknown }
            let room = Shape.Dimension.sum([input, .known(begin + end - reach(kernel))])
            return .sum([room.quotient(by: stride), 1])
        }
        return .known(try resolve(extent, kernel: kernel).output)
    }
}

extension SpatialWindow {
    /// The window's numbers by dimension, checked.
    ///
    /// - Throws: ``HingeError`` when a list has another length than `rank`, or a number is out of range.
    func axes(rank: Int, weights: [Int]?) throws -> [SpatialAxis] {
        let strides = try list(strides, "strides", count: rank, default: 1)
        let dilations = try list(dilations, "dilations", count: rank, default: 1)
        let kernel = self.kernel.isEmpty ? weights : self.kernel
        if let kernel {
            _ = try list(kernel, "kernel_shape", count: rank, default: 1)
            guard try Tensor.count(of: kernel) <= SpatialAxis.extentLimit else {
                throw HingeError(
                    .limit, "a window of \(kernel) is too large", at: [.attribute("kernel_shape")])
            }
        }
        if let weights, let kernel, kernel != weights {
            throw HingeError(
                .mismatch, "expected the weights' extents \(weights), found \(kernel)",
                at: [.attribute("kernel_shape")])
        }
        var pads = [Int](repeating: 0, count: 2 * rank)
        if case .explicit(let values) = padding {
            pads = try list(values, "pads", count: 2 * rank, default: 0)
        }
        return (0..<rank).map { index in
            SpatialAxis(
                kernel: kernel?[index], stride: strides[index], dilation: dilations[index],
                pads: padding == .sameUpper
                    ? .sameUpper
                    : padding == .sameLower
                        ? .sameLower : .explicit(pads[index], pads[rank + index]),
                roundsUp: roundsUp)
        }
    }

    /// A list of `count` numbers; `count` times the default when it is empty.
    ///
    /// The default is also the least value allowed.
    func list(
        _ values: [Int], _ name: String, count: Int, default value: Int
    ) throws -> [Int] {
        if values.isEmpty { return [Int](repeating: value, count: count) }
        guard values.count == count else {
            throw HingeError(
                .mismatch,
                "expected \(count) integer\(count == 1 ? "" : "s"), found \(values.count)",
                at: [.attribute(name)])
        }
        for number in values where number < value || number > SpatialAxis.limit {
            throw HingeError(
                .mismatch,
                "expected integers from \(value) to \(SpatialAxis.limit), found \(number)",
                at: [.attribute(name)])
        }
        return values
    }

    /// The window resolved for an input of the given extents.
    ///
    /// - Throws: ``HingeError`` when the window doesn't fit.
    func geometry(input: [Int], kernel weights: [Int]?) throws -> SpatialGeometry {
        let axes = try axes(rank: input.count, weights: weights)
        var result = SpatialGeometry(
            input: input, kernel: [], strides: axes.map(\.stride),
            dilations: axes.map(\.dilation), padsBegin: [], padsEnd: [], output: [])
        for (axis, extent) in zip(axes, input) {
            guard let kernel = axis.kernel else {
                throw HingeError(
                    .badData, "expected a value, found none", at: [.attribute("kernel_shape")])
            }
            let (begin, end, output) = try axis.resolve(extent, kernel: kernel)
            result.kernel.append(kernel)
            result.padsBegin.append(begin)
            result.padsEnd.append(end)
            result.output.append(output)
        }
        return result
    }

    /// The output's spatial dimensions, as far as they can be told.
    ///
    /// - Parameters:
    ///   - input: The input's spatial dimensions.
    ///   - weights: The weights' spatial dimensions, for operators that have weights.
    /// - Throws: ``HingeError`` when the window surely doesn't fit.
    func output(_ input: [Shape.Dimension], weights: [Shape.Dimension]? = nil) throws -> [Shape
        .Dimension]
    {
        let known = weights.flatMap { Shape($0).extents }
        let axes = try axes(rank: input.count, weights: known)
        return try zip(axes, input).map { try $0.resolve($1, kernel: $0.kernel) }
    }
}

extension Shape {
    /// The dimensions after batch and channels.
    var spatial: [Shape.Dimension] { Array(dimensions.dropFirst(2)) }
}
