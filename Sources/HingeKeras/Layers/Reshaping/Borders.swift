import HingeGraph
import HingeOperators

/// What the layers that add or remove borders have in common: all but the operator and the number
/// of spatial axes.
protocol BorderLayer: UnaryKerasLayer {
    /// The number of spatial axes.
    static var spatialRank: Int { get }
    /// The field that holds the sizes.
    static var key: String { get }
    /// The size of each border, where the configuration gives none.
    static var standard: Int { get }
    /// The sizes at the beginning and the end of each spatial axis.
    var borders: [(begin: Int, end: Int)] { get set }
    /// Where the channels are.
    var dataFormat: DataFormat { get set }

    /// Creates the layer.
    init(borders: [(begin: Int, end: Int)], dataFormat: DataFormat)
}

/// A layer that adds zeros around each example.
protocol ZeroPaddingLayer: BorderLayer {}

/// A layer that removes the borders of each example.
protocol CroppingLayer: BorderLayer {}

extension BorderLayer {
    init(_ config: ConfigReader) throws {
        self.init(
            borders: try config.borders(
                Self.key, count: Self.spatialRank, default: Self.standard),
            dataFormat: try config.dataFormat())
    }

    /// The first spatial axis.
    fileprivate var firstAxis: Int { dataFormat == .channelsLast ? 1 : 2 }

    /// Writes the fields; sequences have a layout to state only where Keras 3 pads them.
    func write(_ config: inout ConfigWriter) {
        let pairs = borders.map { JSONValue.integers([$0.begin, $0.end]) }
        config[Self.key] = pairs.count == 1 ? pairs[0] : .array(pairs)
        if Self.spatialRank > 1 || Self.key == "padding" && config.target == .keras3 {
            config.set(dataFormat)
        }
    }
}

extension ZeroPaddingLayer {
    static var key: String { "padding" }
    static var standard: Int { 1 }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = Self.spatialRank + 2
        try context.requireRank(x, rank...rank)
        var begin = [Int](repeating: 0, count: rank)
        var end = begin
        for (index, border) in borders.enumerated() {
            begin[firstAxis + index] = border.begin
            end[firstAxis + index] = border.end
        }
        return try context.append(Pad(pads: begin + end), x)
    }
}

extension CroppingLayer {
    static var key: String { "cropping" }

    func build(_ x: Operand, _ context: LayerContext) throws -> Operand {
        let rank = Self.spatialRank + 2
        try context.requireRank(x, rank...rank)
        for (index, border) in borders.enumerated() {
            guard let extent = try context.shape(x)[firstAxis + index].extent else { continue }
            guard border.begin + border.end < extent else {
                throw HingeError(
                    .mismatch,
                    "expected to remove less than \(extent) of dimension \(firstAxis + index), "
                        + "found \(border.begin + border.end)", at: [.field(Self.key)])
            }
        }
        return try context.append(
            SliceOf(
                starts: borders.map(\.begin),
                ends: borders.map { $0.end == 0 ? Int.max : -$0.end },
                axes: Array(firstAxis..<firstAxis + Self.spatialRank)), x)
    }
}
