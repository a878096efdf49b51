import HingeOperators

/// The largest element at all positions of `[N, height, width, C]`, N the batch and C the channels:
/// `[N, C]`.
///
/// Source: Keras `GlobalMaxPooling2D`.
struct GlobalMaxPooling2DLayer: GlobalPoolingLayer {
    static let className = "GlobalMaxPooling2D"
    static let spatialRank = 2
    var dataFormat = DataFormat.channelsLast
    var keepsDimensions = false

    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator {
        ReduceMax(axes: axes, keepsDimensions: keepsDimensions)
    }
}
