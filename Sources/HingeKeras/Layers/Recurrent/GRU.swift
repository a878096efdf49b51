/// A gated recurrent unit along a sequence: `[N, T, C]` to `[N, units]`, or `[N, T, units]` when
/// the outputs of all steps are returned.
///
/// N is the batch, T the steps, C the features.
///
/// Source: Keras `GRU`; the variables are those of `GRUCell`.
struct GRULayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step.
    var step: GRUCellLayer
}

extension GRULayer {
    static let className = "GRU"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        step = try GRUCellLayer(config)
    }

    var cell: any RecurrentCell { step }

    func write(_ config: inout ConfigWriter) {
        step.write(&config)
        settings.write(&config)
    }
}
