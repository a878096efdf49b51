import HingeOperators

/// The largest element at all positions of `[N, steps, C]`, N the batch and C the channels:
/// `[N, C]`.
///
/// Source: Keras `GlobalMaxPooling1D`.
struct GlobalMaxPooling1DLayer: GlobalPoolingLayer {
    static let className = "GlobalMaxPooling1D"
    static let spatialRank = 1
    var dataFormat = DataFormat.channelsLast
    var keepsDimensions = false

    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator {
        ReduceMax(axes: axes, keepsDimensions: keepsDimensions)
    }
}
