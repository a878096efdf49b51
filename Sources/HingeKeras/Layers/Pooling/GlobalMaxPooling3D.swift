import HingeOperators

/// The largest element at all positions of `[N, depth, height, width, C]`, N the batch and C the
/// channels: `[N, C]`.
///
/// Source: Keras `GlobalMaxPooling3D`.
struct GlobalMaxPooling3DLayer: GlobalPoolingLayer {
    static let className = "GlobalMaxPooling3D"
    static let spatialRank = 3
    var dataFormat = DataFormat.channelsLast
    var keepsDimensions = false

    func pooling(over axes: [Int], keepsDimensions: Bool) -> any Operator {
        ReduceMax(axes: axes, keepsDimensions: keepsDimensions)
    }
}
