/// A long short-term memory along a sequence: `[N, T, C]` to `[N, units]`, or `[N, T, units]` when
/// the outputs of all steps are returned.
///
/// N is the batch, T the steps, C the features.
///
/// Source: Keras `LSTM`; the variables are those of `LSTMCell`.
struct LSTMLayer: RecurrentLayer {
    var settings: RecurrentSettings
    /// What happens at one step.
    var step: LSTMCellLayer
}

extension LSTMLayer {
    static let className = "LSTM"

    init(_ config: ConfigReader) throws {
        settings = try RecurrentSettings(config)
        step = try LSTMCellLayer(config)
    }

    var cell: any RecurrentCell { step }

    func write(_ config: inout ConfigWriter) {
        step.write(&config)
        settings.write(&config)
    }
}
